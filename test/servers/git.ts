/** Repositories for tests, and real git servers for them. */
export { gitEnvironment, makeRepository, type Commit, type Repository } from './git-repository.ts';
export { startGitHttp, type GitHttp } from './git-http.ts';
export { generateSshKey, gitSshMissing, startGitSsh, type GitSsh } from './git-ssh.ts';
