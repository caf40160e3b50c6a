# Refuses every vulnerability but those on a list of ids and those of an accepted package.
package main

ignored_ids := ["CVE-2020-7753", "CVE-2021-23343"]

ignored_packages := ["left-pad"]

is_ignored(component, vulnerability) {
	ignored_ids[_] == vulnerability.id
}

is_ignored(component, vulnerability) {
	ignored_packages[_] == component.name
}

components := {c | c := input.bom.components.component} | {c | c := input.bom.components.component[_]}

vulnerabilities(component) = all {
	one := {v | v := component.vulnerabilities.vulnerability; v.id}
	many := {v | v := component.vulnerabilities.vulnerability[_]; v.id}
	all := one | many
}

deny[{"msg": message, "id": vulnerability.id}] {
	component := components[_]
	vulnerability := vulnerabilities(component)[_]
	not is_ignored(component, vulnerability)
	message := sprintf("%s in %s is not on the list", [vulnerability.id, component.name])
}
