/** At once, and then not again before the pause is over. */
export function paced(act: () => void, pause: number) {
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ask() {
      if (timer !== undefined) return;
      const wait = Math.max(0, next - Date.now());
      timer = setTimeout(() => {
        timer = undefined;
        next = Date.now() + pause;
        act();
      }, wait);
    },
    stop: () => clearTimeout(timer),
  };
}
