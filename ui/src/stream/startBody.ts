/** What is asked of the api when the stream shall start: only what somebody has chosen. */

import type { StartRequest } from "../api/types";

export interface StartChoice {
  readonly project: string;
  readonly snapshot: string;
  readonly maxSymbols: string;
  readonly refresh: string;
}

/** Empty fields are left out: as configured. */
export function startBody(choice: StartChoice): Partial<StartRequest> & Pick<StartRequest, "project_id"> {
  return {
    project_id: Number(choice.project),
    ...(choice.snapshot !== "" && { decision_snapshot_id: Number(choice.snapshot) }),
    ...(choice.maxSymbols !== "" && { max_symbols: Number(choice.maxSymbols) }),
    ...(choice.refresh !== "" && { refresh_interval_seconds: Number(choice.refresh) }),
  };
}
