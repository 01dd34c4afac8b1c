// Refusals as values (RFC 9457): every failed call throws a ProblemError, also when the network is gone.

/** What the server says when it refuses; some problems have further members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  [member: string]: unknown;
}

export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ProblemError';
    this.problem = problem;
  }

  /** The code of the problem, e.g. `orders/not-cancellable`. */
  get code(): string {
    return code(this.problem);
  }
}

/** The problem's code, e.g. `kit/stale`; `web/offline` when no answer came. */
export function code(problem: Problem): string {
  return problem.type.replace(/^.*\/problems\//, '');
}

export function isProblem(error: unknown, ...codes: string[]): error is ProblemError {
  return error instanceof ProblemError && (codes.length === 0 || codes.includes(error.code));
}

/** No answer: the network is gone or the server is down. */
export const OFFLINE = 'web/offline';

/** Any thrown thing as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof TypeError) return { type: `/problems/${OFFLINE}`, title: 'No connection', status: 0 };
  return { type: '/problems/web/fault', title: 'Something went wrong here', status: 0, detail: String(error) };
}
