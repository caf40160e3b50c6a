/** Policies for tests. */

/** Policies in the shapes that the predecessor's documentation taught, oldest last. */
export const policyShapes = {
  'sets of one and of many': (words: string, ignored: string) => `
    package main
    refused := [${words}]
    accepted := [${ignored}]
    holds(list, item) = true { list[_] = item } else = false { true }
    tolerable(match) {
      found := { s | s := match.ratings.rating.severity } | { s | s := match.ratings.rating[_].severity }
      some n
      bad := holds(refused, found[n])
      not bad
    }
    tolerable(match) { holds(accepted, match.id) }
    deny[msg] {
      parts := { p | p := input.bom.components.component } | { p | p := input.bom.components.component[_] }
      some i
      part := parts[i]
      matches := { m | m := part.vulnerabilities.vulnerability } | { m | m := part.vulnerabilities.vulnerability[_] }
      some j
      match := matches[j]
      found := { s | s := match.ratings.rating.severity } | { s | s := match.ratings.rating[_].severity }
      not tolerable(match)
      msg = sprintf("CVE %s %s %s", [part.name, match.id, found])
    }`,
  'helpers for an object and an array': (words: string, ignored: string) => `
    package main
    refused := {${words}}
    accepted := {x | x := [${ignored}][_]}
    listed(x) = x { is_array(x) }
    listed(x) = [x] { is_object(x) }
    deny[msg] {
      part := listed(input.bom.components.component)[_]
      match := listed(part.vulnerabilities.vulnerability)[_]
      severity := listed(match.ratings.rating)[_].severity
      refused[severity]
      not accepted[match.id]
      msg := sprintf("CVE %s %s {\\"%s\\"}", [part.name, match.id, severity])
    }`,
  'one severity a vulnerability': (words: string, ignored: string) => `
    package main
    refused := [${words}]
    accepted := [${ignored}]
    listed(x) = x { is_array(x) } else = [x] { true }
    is_accepted(id) { accepted[_] == id }
    deny[msg] {
      part := input.bom.components.component[_]
      match := listed(part.vulnerabilities.vulnerability)[_]
      refused[_] == match.ratings.rating.severity
      not is_accepted(match.id)
      msg := sprintf("CVE %s %s {\\"%s\\"}", [part.name, match.id, match.ratings.rating.severity])
    }`,
  'v1, over the report view': (words: string, ignored: string) => `
    package main
    import rego.v1
    refused := {upper(replace(w, "Severity", "")) | some w in [${words}]}
    deny contains {"msg": msg, "id": finding.id, "severity": finding.severity} if {
      some part in input.report.components
      some finding in part.findings
      finding.severity in refused
      not finding.id in [${ignored}]
      words := {"CRITICAL": "Critical", "HIGH": "High", "MEDIUM": "Medium", "LOW": "Low", "UNKNOWN": "UnknownSeverity"}
      msg := sprintf("CVE %s %s {\\"%s\\"}", [part.name, finding.id, words[finding.severity]])
    }`,
};
