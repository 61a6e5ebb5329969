import t from 'tap';
import { customaryPlaces } from '../../../cli/explain/kernel-files.ts';
import type { Terminal } from '../../../cli/io.ts';
import type { ObservedWindow } from '../../../cli/observed-window.ts';
import { runLiveScreen, type LiveScreenOptions } from '../../../cli/top/live-screen.ts';
import { firstTopState } from '../../../cli/top/state.ts';
import { fakeIo } from '../fake-io.ts';
import { host } from '../ledger-rows.ts';
import { sampleOf } from '../sample-rows.ts';

const window: ObservedWindow = { previous: sampleOf(0, []), sample: sampleOf(1, []), ledger: host };

/** A terminal that a test types on. */
function fakeTerminal() {
  const open = new Set<string>();
  let press: (bytes: string) => void = () => undefined;
  let resize: () => void = () => undefined;
  const written: string[] = [];
  const begin = (what: string) => {
    open.add(what);
    return () => open.delete(what);
  };
  const terminal: Terminal = {
    startKeys: (onBytes) => {
      press = onBytes;
      return begin('keys');
    },
    onResize: (listener) => {
      resize = listener;
      return begin('resize');
    },
    onExit: () => begin('exit'),
    writeNow: (text) => written.push(text),
  };
  return {
    terminal,
    /** What has been begun and not ended. */
    open,
    written,
    press: (bytes: string) => {
      press(bytes);
    },
    resize: () => {
      resize();
    },
  };
}

const options: LiveScreenOptions = {
  origin: 'live',
  state: firstTopState,
  places: () => customaryPlaces('hybrid'),
  waitsWhilePaused: false,
  atEnd: () => 'End of the recording.',
};

/** Windows that come when the test says so. */
function pushedWindows() {
  const waiting: (() => void)[] = [];
  let taken = 0;
  async function* windows(): AsyncGenerator<ObservedWindow> {
    for (;;) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      taken += 1;
      yield window;
    }
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    windows: windows(),
    taken: () => taken,
    push: async () => {
      await settle();
      waiting.shift()?.();
      await settle();
    },
  };
}

/** The frames drawn so far, without escape codes. */
function frames(text: string): readonly string[] {
  return (
    text
      .split('\u001b[H')
      .slice(1)
      // eslint-disable-next-line no-control-regex -- the codes of a terminal are control characters
      .map((frame) => frame.replaceAll(/\u001b\[[0-9;?]*[a-zA-Z]/g, ''))
  );
}

t.test('draws each window, takes keys, and leaves the terminal as it was', async (t) => {
  const { terminal, press, resize, open, written } = fakeTerminal();
  const io = fakeIo();
  const source = pushedWindows();
  const ended = runLiveScreen(source.windows, options, terminal, io);
  t.match(frames(io.outText()).at(-1), /Measuring the first window/);
  t.ok(io.outText().startsWith('\u001b[?1049h'), 'takes the alternate screen');
  await source.push();
  t.match(frames(io.outText()).at(-1), /> demo\/throttled/);
  press('\u001b[B');
  t.match(frames(io.outText()).at(-1), /> demo\/victim/);
  press('\r');
  t.match(frames(io.outText()).at(-1), /Reserved, wanted, received/);
  press('\u001b');
  press('?');
  t.match(frames(io.outText()).at(-1), /OF RESERVED {2}the reservation as a bar/);
  const drawn = frames(io.outText()).length;
  resize();
  t.equal(frames(io.outText()).length, drawn + 1, 'a resize draws');
  press('q');
  press('q');
  t.equal(await ended, 0);
  t.same([...open], []);
  t.ok(written.at(-1)?.endsWith('\u001b[?1049l'), 'gives the screen back');
});

t.test('every line fills the width, so that nothing old shows through', async (t) => {
  const { terminal, press } = fakeTerminal();
  const io = fakeIo();
  const source = pushedWindows();
  const ended = runLiveScreen(source.windows, options, terminal, io);
  await source.push();
  press('?');
  press('q');
  press('\r');
  press('q');
  press('q');
  await ended;
  for (const frame of frames(io.outText()).slice(0, -1)) {
    const lines = frame.split('\r\n');
    t.equal(lines.length, 24);
    t.ok(lines.every((line) => line.length === 80));
  }
});

t.test('Ctrl-C as a key, and as a signal', async (t) => {
  const typed = fakeTerminal();
  const typing = runLiveScreen(pushedWindows().windows, options, typed.terminal, fakeIo());
  typed.press('\u0003');
  t.equal(await typing, 130);
  const controller = new AbortController();
  const sent = fakeTerminal();
  const running = runLiveScreen(
    pushedWindows().windows,
    options,
    sent.terminal,
    fakeIo({ signal: controller.signal }),
  );
  controller.abort({ signal: 'SIGTERM' });
  t.equal(await running, 143);
  t.same([...sent.open], []);
});

t.test('a failing source leaves the terminal as it was', async (t) => {
  const { terminal, open, written } = fakeTerminal();
  // eslint-disable-next-line require-yield -- it fails before the first window
  async function* failing(): AsyncGenerator<ObservedWindow> {
    await Promise.resolve();
    throw new Error('boom');
  }
  await t.rejects(runLiveScreen(failing(), options, terminal, fakeIo()), { message: 'boom' });
  t.same([...open], []);
  t.equal(written.length, 1);
});

t.test('a recording waits while paused, and says how it ended', async (t) => {
  const { terminal, press } = fakeTerminal();
  const io = fakeIo();
  const source = pushedWindows();
  const ended = runLiveScreen(source.windows, { ...options, waitsWhilePaused: true }, terminal, io);
  await source.push();
  press(' ');
  await source.push();
  await source.push();
  t.equal(source.taken(), 2, 'one more was on its way');
  t.match(frames(io.outText()).at(-1), /PAUSED/);
  press(' ');
  await source.push();
  t.equal(source.taken(), 3);
  press('q');
  await ended;

  const finite = fakeTerminal();
  const finiteIo = fakeIo();
  const finished = runLiveScreen(
    [window] as unknown as AsyncIterable<ObservedWindow>,
    options,
    finite.terminal,
    finiteIo,
  );
  await new Promise((resolve) => setImmediate(resolve));
  t.match(frames(finiteIo.outText()).at(-1), /End of the recording\. {2}q quit/);
  finite.press('q');
  t.equal(await finished, 0);
});
