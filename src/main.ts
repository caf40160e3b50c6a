/** Parses the command line and hands over; nothing else. */
export { main } from './cli/program.ts';
