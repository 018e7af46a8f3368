import { Link, useParams } from "@tanstack/react-router";
import { TenantView } from "../tenant/TenantView";
import { useWords } from "../words";

export function ConsoleTenantPage() {
  const words = useWords();
  const { tenant } = useParams({ strict: false }) as { tenant: string };
  return <TenantView key={tenant} tenant={tenant} before={<Link to="/console/tenants">{words.t("tenants.back")}</Link>} />;
}
