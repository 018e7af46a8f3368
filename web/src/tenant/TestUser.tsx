// Whom a job may ring to see that calls still get through, and when.
import { Button, Text } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api, told } from "../api/client";
import type { Federation, TestUserHours } from "../api/types";
import { federationQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Bones, Card, H2, Moment, Row, Who } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { useWords } from "../words";
import { dayName } from "./weekdays";

const Hours = lazy(() => import("./TestUserForm"));

export function TestUserCard({ tenant }: { tenant: string }) {
  const words = useWords();
  const writes = may(useSession(), "onboarding.write");
  const client = useQueryClient();
  const query = useQuery(federationQuery(tenant));
  const [naming, setNaming] = useState(false);
  const keep = (document: Federation) => {
    setNaming(false);
    client.setQueryData(federationQuery(tenant).queryKey, document);
  };
  const params = { params: { path: { tenant } } };
  const name = useMutation({
    mutationFn: (body: TestUserHours) => told(api.PUT("/v1/tenants/{tenant}/federation/test-user", { ...params, body })),
    onSuccess: keep,
  });
  const forget = useMutation({
    mutationFn: () => told(api.DELETE("/v1/tenants/{tenant}/federation/test-user", params)),
    onSuccess: keep,
  });
  const u = query.data?.test_user;
  const busy = name.isPending || forget.isPending;
  const problem = name.error ?? forget.error ?? query.error;
  return (
    <Card label={words.t("test_user.title")}>
      <H2>{words.t("test_user.title")}</H2>
      {query.data && <Text>{u ? words.t("test_user.named", { name: u.name ?? u.oid, days: u.days.map((d) => dayName(words, d)).join(" "), from: u.from, until: u.until, zone: u.zone }) : words.t("test_user.nobody")}</Text>}
      {u && <Text size={200}>{words.t("test_user.by")} <Who actor={u.by} name={u.by_name} />, <Age at={u.named_at} />.</Text>}
      {u?.rung_at && <Text size={200}>{words.t("test_user.rung")} <Age at={u.rung_at} />.</Text>}
      {u?.next_at && <Text size={200}>{words.t("test_user.next")} <Moment at={u.next_at} />.</Text>}
      {query.data && writes && !naming && (
        <Row>
          <Button disabled={busy} onClick={() => setNaming(true)}>{words.t(u ? "test_user.change" : "test_user.name")}</Button>
          {u && <Button disabled={busy} onClick={() => forget.mutate()}>{words.t("test_user.forget")}</Button>}
        </Row>
      )}
      {naming && <Suspense fallback={<Bones />}><Hours tenant={tenant} was={u} busy={busy} onName={(hours) => name.mutate(hours)} onLeave={() => setNaming(false)} /></Suspense>}
      {problem && <ProblemView error={problem} />}
    </Card>
  );
}
