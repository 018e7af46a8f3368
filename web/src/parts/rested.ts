import { useEffect, useState } from "react";

/** What is typed, once the hand has rested: each letter would be a question to the server, and often to Microsoft. */
export function useRested(typed: string): string {
  const text = typed.trim();
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return text && rested; // an empty box asks for nothing at once
}
