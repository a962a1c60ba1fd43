/** The token that changes of state need: taken from the address once, then kept for this tab only. */

const KEY = "tickring.token";
const IN_ADDRESS = /(?:^#|&)token=([^&]+)/;

/** Take `#token=…` out of the address bar and the history, and keep it. */
export function takeTokenFromAddress(location: Location, history: History): void {
  const found = IN_ADDRESS.exec(location.hash);
  if (found?.[1] === undefined) return;
  setToken(decodeURIComponent(found[1]));
  history.replaceState(history.state, "", location.pathname + location.search);
}

export function getToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function setToken(token: string): void {
  sessionStorage.setItem(KEY, token.trim());
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
