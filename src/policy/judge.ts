/** Asks a compiled policy about a report. Runs where it can be killed: in the worker. */
import { fromJs, RegoErrors, toJs } from '../rego/index.ts';
import type { EvaluateOptions, PreparedQuery, Value } from '../rego/index.ts';
import { bomView } from '../report/bom-view.ts';
import { goVulnerability } from '../report/go-view.ts';
import type { Component, Finding, Report } from '../report/model.ts';
import type { JudgingPolicy } from './compiled-policy.ts';
import { evaluationFailure, PolicyProblem } from './failures.ts';
import type { Verdict } from './verdict.ts';
import { valueOfView } from './view-value.ts';
import { objectionsOf, verdictOf } from './violations.ts';
import type { Objection } from './violations.ts';

/** `timeMs`: from now. Throws `PolicyProblem`. */
export function judge(policy: JudgingPolicy, name: string, report: Report, timeMs: number): Verdict {
  const options: EvaluateOptions = { limits: { deadline: Date.now() + timeMs }, strictBuiltinErrors: true };
  const ask = (input: Value): unknown => {
    try {
      return answer(policy.query, { ...options, input });
    } catch (error) {
      if (error instanceof RegoErrors) throw new PolicyProblem(evaluationFailure(name, error, timeMs));
      throw error;
    }
  };
  const objections =
    policy.contract === 'deny'
      ? objectionsOf(ask(valueOfView(denyInput(report))), name)
      : objectionsByFinding(
          report,
          (finding) => ask(fromJs({ currentVulnerability: goVulnerability(finding, report) })),
          name,
        );
  return verdictOf(policy.contract, objections, idsOf(report));
}

/** What `package main` sees: the XML view, our view, and an SPDX document's own members beside them. */
export function denyInput(report: Report): Readonly<Record<string, unknown>> {
  const { spdx, ...view } = report;
  return { ...spdx, bom: bomView(report), report: view };
}

function answer(query: PreparedQuery, options: EvaluateOptions): unknown {
  const [result] = query.evaluate(options);
  const value = result?.bindings.get('x');
  return value === undefined ? undefined : toJs(value);
}

/**
 * What `isCompliant` objects to. Asked once for every different vulnerability, whatever the number of components that have
 * it; undefined is no pass. Throws `PolicyProblem` `PolicyResultInvalid`.
 */
export function objectionsByFinding(
  report: Report,
  ask: (finding: Finding) => unknown,
  name: string,
): Objection[] {
  const objections: Objection[] = [];
  for (const [finding, components] of componentsByFinding(report)) {
    const compliant = ask(finding);
    if (compliant === true) continue;
    if (compliant !== false && compliant !== undefined) {
      const message = `policy ${name} failed: isCompliant comes to a value that is neither true nor false`;
      throw new PolicyProblem({ code: 'PolicyResultInvalid', message });
    }
    objections.push({
      message: objectionText(finding, components),
      id: finding.id,
      severity: finding.severity,
    });
  }
  return objections;
}

function componentsByFinding(report: Report): Map<Finding, Component[]> {
  const found = new Map<Finding, Component[]>();
  for (const component of report.components) {
    for (const finding of component.findings) {
      const known = found.get(finding);
      if (known) known.push(component);
      else found.set(finding, [component]);
    }
  }
  return found;
}

function objectionText({ id, severity }: Finding, components: readonly Component[]): string {
  const names = components.slice(0, 3).map((one) => [one.name, one.version].filter(Boolean).join(' '));
  const more = components.length > 3 ? ` and ${components.length - 3} more` : '';
  return `${id} (${severity}) in ${names.join(', ')}${more} is not compliant`;
}

/** Every vulnerability's id that a message may name. */
export function idsOf(report: Report): Set<string> {
  return new Set(report.components.flatMap((component) => component.findings.map((finding) => finding.id)));
}
