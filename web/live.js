/** Figures that come by themselves: while somebody looks, and not while the page is hidden or paused. */
import { useEffect, useState } from './ui.js';

/** `state`: waiting, live, lost (it comes back by itself), failed, paused. */
export function useLive(panels, minutes, paused) {
  const [answer, setAnswer] = useState(null);
  const [state, setState] = useState('waiting');
  useEffect(() => {
    if (paused) return setState('paused');
    setState('waiting');
    let source = null;
    const begin = () => {
      source = new EventSource(`/api/v1/live?panels=${panels}&minutes=${minutes}`);
      source.addEventListener('panels', (event) => {
        setAnswer({ ...JSON.parse(event.data), heard_ms: Date.now() });
        setState('live');
      });
      source.addEventListener('failed', () => setState('failed'));
      source.addEventListener('error', () => setState('lost'));
    };
    const seen = () => {
      source?.close();
      source = null;
      if (!document.hidden) begin();
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      source?.close();
    };
  }, [panels, minutes, paused]);
  return { answer, state };
}
