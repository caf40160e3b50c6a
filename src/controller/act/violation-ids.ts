/** The X of `Policy violated because of X CVEs` (spec.md §2), for violations that are nothing but text. */

/** The names that advisory databases give: CVE, GHSA, and the ids of distributions and languages in OSV. */
const id =
  /\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|(?:GO|RUSTSEC|PYSEC|GSD|OSV|MAL|HSEC|RSEC|BIT|ALPINE|DSA|DLA|DEBIAN|ELSA|RHSA|ALSA|ALBA|USN|TEMP|SNYK)-[0-9A-Za-z][0-9A-Za-z:_-]*[0-9A-Za-z])\b/gi;

/** Distinct ids among messages; a message that names none counts as one. */
export function distinctIds(messages: readonly string[]): number {
  const ids = new Set<string>();
  let nameless = 0;
  for (const message of messages) {
    const found = message.match(id);
    if (!found) nameless++;
    for (const one of found ?? []) ids.add(one.toUpperCase());
  }
  return ids.size + nameless;
}
