/**
 * The SSH host keys that the large public git hosts publish, so that their repositories can be fetched with nothing
 * but a key. Published at docs.github.com ("GitHub's SSH key fingerprints"), docs.gitlab.com ("SSH host keys
 * fingerprints") and support.atlassian.com ("Configure SSH and two-step verification").
 */
export const publicKnownHosts = [
  'github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
  'gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf',
  'bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO',
];
