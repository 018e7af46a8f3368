// Files of the API, kept by whoever looks at the page.
import { useMutation } from "@tanstack/react-query";
import { ask } from "./client";

/** Saves what a path answers under a name. A link could not: it would carry no key. */
export const useSaved = (path: string, name: string, kind = "text/csv") =>
  useMutation({
    mutationFn: async () => {
      const file = await (await ask("GET", path, kind)).blob();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  });
