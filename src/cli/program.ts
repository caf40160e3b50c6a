/** The program: commands are added one file each. */
export async function main(args: readonly string[]): Promise<void> {
  const { Command } = await import('commander');
  await new Command('scanlink').parseAsync([...args], { from: 'user' });
}
