/** OPA's errors, as `opa eval --format=json` and its REST API give them, into ours. */
import { z } from 'zod';
import type { RegoErrorEntry } from '../../rego/index.ts';
import { compileFailure, evaluationFailure, PolicyProblem } from '../failures.ts';

const location = z.object({ file: z.string().optional(), row: z.int(), col: z.int() });

/** OPA's documentation, "REST API", "Errors". */
export const opaErrors = z
  .array(
    z.object({
      code: z.string().optional(),
      message: z.string(),
      location: location.optional().catch(undefined),
    }),
  )
  .min(1);

export type OpaErrors = z.infer<typeof opaErrors>;

export interface Asked {
  /** The policy's name in messages. */
  name: string;
  source: string;
  /** Where OPA has it: places in other files mean nothing to the policy's author. */
  file: string;
  timeMs: number;
  /** From what OPA read to what the author wrote. */
  place?: (row: number, col: number) => number;
  words?: (message: string) => string;
}

/** Compile errors, builtin errors, conflicts and the end of time, each under the code that our engine gives it. */
export function problemOf(errors: OpaErrors, asked: Asked): PolicyProblem {
  const lines = asked.source.split('\n');
  const entries = errors.map((error): RegoErrorEntry => {
    const at = error.location?.file?.endsWith(asked.file) ? error.location : undefined;
    const row = at?.row ?? 0;
    const message = (asked.words?.(error.message) ?? error.message).replaceAll(asked.file, 'line');
    const col = at ? (asked.place?.(at.row, at.col) ?? at.col) : 0;
    return {
      code: error.code ?? 'opa_error',
      message,
      file: asked.name,
      row,
      col,
      text: lines[row - 1] ?? '',
    };
  });
  const compiling = entries.some(({ code }) => code.startsWith('rego_'));
  if (compiling) return new PolicyProblem(compileFailure(asked.name, { errors: entries }));
  return new PolicyProblem(evaluationFailure(asked.name, { errors: entries }, asked.timeMs));
}

/** OPA itself failed: no word about the policy, and no verdict. */
export function unavailable(what: string): PolicyProblem {
  return new PolicyProblem({ code: 'PolicyEngineUnavailable', message: `no verdict by OPA: ${what}` });
}
