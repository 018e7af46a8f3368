import { Navigate } from "@tanstack/react-router";
import { useState } from "react";

/** Leads to the sign-in, from where one comes back to here. */
export function ToSignIn() {
  const [to] = useState(() => location.pathname + location.search); // as it is now: it changes on the way
  return <Navigate to="/sign-in" search={{ to }} />;
}
