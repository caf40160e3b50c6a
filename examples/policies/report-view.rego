# The same gate in Rego v1, over our own view of a report: it does not depend on the scanner's format.
package main

import rego.v1

max_age_of_exceptions := {"CVE-2021-44906": "2099-12-31"}

excepted(finding) if {
	until := time.parse_rfc3339_ns(sprintf("%sT23:59:59Z", [max_age_of_exceptions[finding.id]]))
	time.now_ns() < until
}

deny contains {"msg": message, "id": finding.id, "severity": finding.severity} if {
	some component in input.report.components
	some finding in component.findings
	finding.severity in {"CRITICAL", "HIGH"}
	not excepted(finding)
	message := sprintf("%s in %s %s, fixed in %s", [finding.id, component.name, component.version, concat(", ", finding.fixedIn)])
}
