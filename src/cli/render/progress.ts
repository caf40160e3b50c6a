import type { Output } from '../context.ts';

/** One line that says what is being done, on a terminal only. */
export interface Progress {
  say(text: string): void;
  /** Takes the line away. */
  done(): void;
}

const silent: Progress = { say() {}, done() {} };

/** What is over sooner needs no progress; and the spinner costs more to load than the rest of the program. */
const quietMs = 250;

export function progressOn(stream: Output): Progress {
  // A terminal of no width (some are, under scripts) makes the spinner count its lines for ever.
  if (!stream.isTTY || !stream.columns) return silent;
  let text = '';
  let over = false;
  let spinner: { text: string; stop(): void } | undefined;
  const timer = setTimeout(() => void start(), quietMs);
  timer.unref();

  async function start(): Promise<void> {
    const { default: ora } = await import('ora');
    if (over) return;
    spinner = ora({ stream, discardStdin: false, text }).start();
  }
  return {
    say(words) {
      text = words;
      if (spinner) spinner.text = words;
    },
    done() {
      over = true;
      clearTimeout(timer);
      spinner?.stop();
    },
  };
}
