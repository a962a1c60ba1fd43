/** When changes are shown: with an animation frame, and not with every one. */

/** Nobody reads faster, and the service sends a symbol no more often; the frames in between are free for scrolling. */
export const SHOW_EVERY_MS = 100;

/** Return what runs `flush` with the next frame, `SHOW_EVERY_MS` after the frame before at the earliest. */
export function pacedFrames(): (flush: () => void) => void {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return (flush) => {
    const onFrame = () =>
      requestAnimationFrame((atMs) => {
        shownAtMs = atMs;
        flush();
      });
    const waitMs = shownAtMs + SHOW_EVERY_MS - performance.now();
    if (waitMs > 0) setTimeout(onFrame, waitMs);
    else onFrame();
  };
}
