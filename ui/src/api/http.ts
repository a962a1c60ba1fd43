/** Requests to the api. Every failure is an `ApiProblem`, whatever its cause. */

import { getToken } from "./token";

const TIMEOUT_MS = 10_000;

/** What went wrong, in the api's own words where it had any. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly nextStep: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, nextStep = "", details: Record<string, unknown> = {}) {
    super(message);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.nextStep = nextStep;
    this.details = details;
  }
}

type Listener = () => void;
const onTokenWanted = new Set<Listener>();

/** Be told when the api refuses for want of a token. Returns how to end that. */
export function whenTokenWanted(listener: Listener): () => void {
  onTokenWanted.add(listener);
  return () => onTokenWanted.delete(listener);
}

export function askForToken(): void {
  for (const listener of onTokenWanted) listener();
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await request<T>(path, { method: "GET" }, signal);
}

export async function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  return await request<T>(path, { method: "POST", body: JSON.stringify(body) });
}

async function request<T>(path: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (init.body !== undefined) headers["Content-Type"] = "application/json";
  const token = getToken();
  if (token !== null) headers["Authorization"] = `Bearer ${token}`;
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    const both = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    response = await fetch(path, { ...init, headers, signal: both, cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, limit.aborted ? "api_silent" : "api_unreachable", String(error));
  }
  const text = await response.text();
  if (response.ok) return parsed<T>(text, response.status);
  if (response.status === 401) askForToken();
  throw problemOf(response.status, text);
}

function parsed<T>(text: string, status: number): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiProblem(status, "not_json", text.slice(0, 200));
  }
}

/** Read the one error shape of the api; anything else becomes one as far as it goes. */
export function problemOf(status: number, text: string): ApiProblem {
  try {
    const { error } = JSON.parse(text) as { error: Record<string, unknown> };
    return new ApiProblem(
      status,
      String(error["code"]),
      String(error["message"]),
      String(error["next_step"] ?? ""),
      (error["details"] ?? {}) as Record<string, unknown>,
    );
  } catch {
    return new ApiProblem(status, `http_${status}`, text.slice(0, 200));
  }
}
