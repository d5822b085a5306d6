/** Figures that come by themselves: while somebody looks, and not while the page is hidden or paused. */
import { Problem, read } from './api.js';
import { useEffect, useState } from './ui.js';

/** Between two tries where the service gave the stream up; then twice as long each time, up to a minute. */
const PAUSE_MS = 2_000;
const PAUSE_MS_MAX = 60_000;

/**
 * `state`: waiting, live, asked (no stream, but figures), lost (tried again by itself), failed, paused. `error`: why nothing comes.
 * `stranger` is called where nobody is signed in any more.
 */
export function useLive(panels, minutes, paused, stranger) {
  const [heard, setHeard] = useState({ answer: null, state: 'waiting', error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const hear = (change) => setHeard((before) => ({ ...before, error: null, ...change }));
    hear({ state: paused ? 'paused' : 'waiting' });
    if (paused) return undefined;
    let end = () => undefined;
    const seen = () => {
      end();
      end = document.hidden ? () => undefined : listen({ panels, minutes }, hear, stranger);
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      end();
    };
  }, [panels, minutes, paused, turn]);
  return { ...heard, retry: () => setTurn((n) => n + 1) };
}

/** Whatever ends the stream, it begins again. Gives what ends it for good. */
function listen(query, hear, stranger) {
  let source = null;
  let timer = null;
  let pause_ms = PAUSE_MS;
  const begin = () => {
    const mine = new EventSource(`/api/v1/live?${new URLSearchParams(query)}`);
    source = mine;
    mine.addEventListener('panels', (event) => {
      pause_ms = PAUSE_MS;
      hear({ answer: { ...JSON.parse(event.data), heard_ms: Date.now() }, state: 'live' });
    });
    mine.addEventListener('failed', () => hear({ state: 'failed' }));
    mine.addEventListener('error', async () => {
      if (mine.readyState !== EventSource.CLOSED) return hear({ state: 'lost', error: new Problem('network') });
      const found = await asked(query);
      if (source !== mine) return undefined;
      if (found.error?.status === 401) return stranger();
      hear(found);
      // Asking again gives nobody a right.
      if (found.error?.status === 403) return undefined;
      timer = setTimeout(begin, pause_ms);
      pause_ms = Math.min(PAUSE_MS_MAX, pause_ms * 2);
    });
  };
  begin();
  return () => {
    clearTimeout(timer);
    source.close();
    source = null;
  };
}

/** The browser gives a stream up for good where the answer was no stream, and does not say why: the answer in JSON does, or has the figures. */
async function asked(query) {
  try {
    return { answer: { ...(await read('live', query)), heard_ms: Date.now() }, state: 'asked' };
  } catch (error) {
    return { state: 'lost', error };
  }
}
