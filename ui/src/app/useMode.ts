import { useLive } from "../live/Live";
import { useAbout } from "./about";

/** Whose prices these are: what the stream says, else what the api is opened for; null: nobody has said yet. */
export function useMode(): string | null {
  const { update, status } = useLive();
  const about = useAbout();
  const said = update?.api_mode ?? status.data?.api_mode ?? null;
  return said !== null && said !== "unknown" ? said : (about?.api_mode ?? said);
}
