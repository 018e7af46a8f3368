import { Card, Stack, Title } from "../parts/bits";
import { Evidence } from "../parts/state";
import { Audit } from "../tenant/Records";
import { useWords } from "../words";

export function ConsoleAuditPage() {
  const words = useWords();
  return (
    <Evidence>
      <Stack>
        <Title>{words.t("console.audit")}</Title>
        <Card label={words.t("console.audit")}><Audit /></Card>
      </Stack>
    </Evidence>
  );
}
