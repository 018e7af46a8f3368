// The admin API as the app asks it. Server data lives in the query cache only.
import createClient, { type Middleware } from "openapi-fetch";
import type { Problem, paths } from "./types";

/** Failure is every answer that is no success: a problem of RFC 9457, or no answer at all. */
export class Failure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

/** What did not answer may the next time; what was refused stays refused. */
export const isAway = (error: unknown) => error instanceof Failure && (error.problem.status === 0 || error.problem.status >= 500);

// What requests are authorised with. A browser session has its cookie and this
// token; a pasted API key lives here and nowhere else, so a reload forgets it.
const access: { csrf?: string; key?: string } = {};

export function setToken(csrf: string | undefined) {
  access.csrf = csrf;
}

export function setKey(key: string | undefined) {
  access.key = key;
}

export const hasKey = () => access.key !== undefined;

const unsafe = new Set(["POST", "PUT", "PATCH", "DELETE"]);

function authorise(headers: Headers, method: string) {
  if (access.key) headers.set("Authorization", `Bearer ${access.key}`);
  else if (access.csrf && unsafe.has(method)) headers.set("X-CSRF-Token", access.csrf);
}

const authorised: Middleware = {
  onRequest({ request }) {
    authorise(request.headers, request.method);
    if (request.method === "POST") request.headers.set("Idempotency-Key", crypto.randomUUID());
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });
api.use(authorised);

interface Result<R> {
  data?: R;
  error?: unknown;
  response: Response;
}

/** Returns what was answered, or throws a Failure. */
export async function told<R>(asking: Promise<Result<R>>): Promise<R> {
  let result;
  try {
    result = await asking;
  } catch {
    throw new Failure({ title: "", status: 0, code: "unreachable" });
  }
  if (result.response.ok) return result.data as R;
  throw new Failure(asProblem(result.error, result.response.status));
}

function asProblem(error: unknown, status: number): Problem {
  if (typeof error === "object" && error !== null && "code" in error) return error as Problem;
  return { title: "", status, code: status >= 500 ? "unreachable" : `http_${status}` };
}

/** Asks one of the addresses under /portal, which are not in the description of /v1, or for a file. */
export async function ask(method: string, path: string, accept = "application/json"): Promise<Response> {
  const headers = new Headers({ Accept: accept });
  authorise(headers, method);
  let response;
  try {
    response = await fetch(path, { method, headers, credentials: "same-origin" });
  } catch {
    throw new Failure({ title: "", status: 0, code: "unreachable" });
  }
  if (response.ok) return response;
  throw new Failure(asProblem(await response.json().catch(() => undefined), response.status));
}

/** What is no answer of the server is a mistake of the page, or a part of it that could not be loaded. */
export const failure = (error: unknown): Failure => (error instanceof Failure ? error : new Failure({ title: "", status: 0, code: "page", detail: String(error) }));
