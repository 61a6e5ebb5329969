/** The terminal side of the live table: alternate screen, keys, resizes, and the terminal as it was on every way out. */
import { exitCodes } from '../exit-codes.ts';
import { deriveExplanation } from '../explain/derive-explanation.ts';
import { gatherEvidence } from '../explain/evidence.ts';
import type { FilePlaces } from '../explain/kernel-files.ts';
import { sumWindows } from '../explain/window-sums.ts';
import { interruptionCode, type CliIo, type Terminal } from '../io.ts';
import type { ObservedWindow } from '../observed-window.ts';
import { renderExplanation } from '../render/explanation.ts';
import { paintLine, plainLine, type Line } from '../render/line.ts';
import { parseKeys } from './keys.ts';
import { renderScreen, surroundingsOf, type ScreenContent, type ScreenSize } from './screen-view.ts';
import { addToTrends, type Trends } from './trends.ts';
import { reduceTopState, type TopState } from './state.ts';

const enterScreen = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leaveScreen = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Windows that an explanation on the screen covers. */
const explainedWindows = 5;

export interface LiveScreenOptions {
  readonly origin: string;
  readonly state: TopState;
  readonly places: (window: ObservedWindow) => FilePlaces;
  /** A recording waits while paused; a live host cannot. */
  readonly waitsWhilePaused: boolean;
  /** What to say when the windows end by themselves, which a live host never does. */
  readonly atEnd: () => string;
}

export async function runLiveScreen(
  windows: AsyncIterable<ObservedWindow>,
  options: LiveScreenOptions,
  terminal: Terminal,
  io: CliIo,
): Promise<number> {
  const screen = new LiveScreen(options, io);
  const leave = (): void => {
    terminal.writeNow(leaveScreen);
  };
  const endings = [terminal.onExit(leave)];
  io.out.write(enterScreen);
  try {
    endings.push(
      terminal.onResize(() => {
        screen.draw();
      }),
      terminal.startKeys((bytes) => {
        screen.press(bytes);
      }),
    );
    const stopped = untilAborted(io.signal);
    await Promise.race([screen.showAll(windows), screen.left, stopped]);
    return io.signal.aborted ? interruptionCode(io.signal) : screen.exitCode;
  } finally {
    screen.close();
    for (const end of endings) end();
    leave();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

class LiveScreen {
  /** Settles when the viewer leaves. */
  readonly left: Promise<void>;
  readonly #options: LiveScreenOptions;
  readonly #io: CliIo;
  #state: TopState;
  /** The latest windows, oldest first; not moved on while paused. */
  #shown: readonly ObservedWindow[] = [];
  #latest: readonly ObservedWindow[] = [];
  #shownTrends: Trends = new Map();
  #latestTrends: Trends = new Map();
  #notice: string | undefined;
  #closed = false;
  #leave: () => void = () => undefined;
  #resume: () => void = () => undefined;

  constructor(options: LiveScreenOptions, io: CliIo) {
    this.#options = options;
    this.#io = io;
    this.#state = options.state;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /** Nothing is drawn from now on: the terminal belongs to others again. */
  close(): void {
    this.#closed = true;
  }

  get exitCode(): number {
    return (this.#state.leaving === 'interrupt' ? exitCodes.interrupted : exitCodes.ok).code;
  }

  /** Shows window after window; after the last it waits for the viewer. */
  async showAll(windows: AsyncIterable<ObservedWindow>): Promise<void> {
    this.draw();
    for await (const window of windows) {
      this.#latest = [...this.#latest, window].slice(-explainedWindows);
      this.#latestTrends = addToTrends(this.#latestTrends, window.ledger);
      if (!this.#state.paused) this.#catchUp();
      this.draw();
      if (this.#options.waitsWhilePaused) await this.#untilResumed();
    }
    this.#notice = this.#options.atEnd();
    this.draw();
    await this.left;
  }

  press(bytes: string): void {
    for (const key of parseKeys(bytes)) {
      this.#state = reduceTopState(
        this.#state,
        key,
        surroundingsOf(this.#content(), this.#state, this.#size()),
      );
    }
    if (!this.#state.paused) {
      this.#catchUp();
      this.#resume();
    }
    if (this.#state.leaving === undefined) this.draw();
    else this.#leave();
  }

  draw(): void {
    if (this.#closed) return;
    const lines = renderScreen(this.#content(), this.#state, this.#size());
    // Each line has the full width, so that nothing needs erasing and nothing flickers.
    this.#io.out.write(`\u001b[H${lines.map((line) => paintLine(line, this.#io.colour)).join('\r\n')}`);
  }

  #catchUp(): void {
    this.#shown = this.#latest;
    this.#shownTrends = this.#latestTrends;
  }

  #untilResumed(): Promise<void> {
    if (!this.#state.paused) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  #size(): ScreenSize {
    return { columns: this.#io.out.columns() ?? 80, rows: this.#io.out.rows() ?? 24 };
  }

  #content(): ScreenContent {
    const window = this.#shown.at(-1);
    return {
      host:
        window === undefined
          ? undefined
          : {
              ledger: window.ledger,
              ...(window.pressureShare !== undefined && { pressureShare: window.pressureShare }),
            },
      trends: this.#shownTrends,
      explanation: this.#state.screen === 'explain' ? this.#explain() : [],
      origin: this.#options.origin,
      ...(this.#notice !== undefined && { notice: this.#notice }),
    };
  }

  #explain(): readonly Line[] {
    const sums = sumWindows(this.#shown);
    const window = this.#shown.at(-1);
    const evidence = sums && gatherEvidence(sums, this.#state.selectedPath ?? '');
    if (evidence === undefined || window === undefined) return [plainLine('It is gone.', 'dim')];
    return renderExplanation(deriveExplanation(evidence, this.#options.places(window)), this.#size().columns);
  }
}
