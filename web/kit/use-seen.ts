import { type RefObject, useEffect, useRef, useState } from 'react';

/** How far below the window something counts as about to be seen. */
const AHEAD = '200px';

/** Whether an element has come into sight, or nearly: for what is read from the server only when somebody looks at it. */
export function useSeen<E extends Element>(): { ref: RefObject<E | null>; seen: boolean } {
  const ref = useRef<E>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !ref.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: AHEAD },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [seen]);
  return { ref, seen };
}
