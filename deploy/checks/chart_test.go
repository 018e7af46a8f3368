package checks

import (
	"flag"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/engine"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write testdata/settings.yaml anew")

// rendered are the documents of the chart by kind, each decoded strictly.
type rendered struct {
	sets     []apps.StatefulSet
	fleets   []apps.Deployment
	configs  []core.ConfigMap
	services []core.Service
	budgets  []policy.PodDisruptionBudget
	jobs     []batch.Job
}

func render(t *testing.T, values map[string]any) (r rendered, err error) {
	t.Helper()
	chart, err := loader.Load("../helm/tandem")
	if err != nil {
		t.Fatal(err)
	}
	all, err := util.ToRenderValues(chart, values, common.ReleaseOptions{Name: "eu", Namespace: "voice", IsInstall: true}, common.DefaultCapabilities)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return r, err
	}
	for name, text := range files {
		if path.Ext(name) == ".tpl" {
			continue
		}
		for doc := range strings.SplitSeq(text, "\n---\n") {
			if strings.TrimSpace(strings.Trim(strings.TrimSpace(doc), "-")) != "" {
				r.decode(t, name, doc)
			}
		}
	}
	return r, nil
}

func (r *rendered) decode(t *testing.T, name, doc string) {
	t.Helper()
	var kind struct{ Kind string }
	if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, doc)
	}
	var err error
	switch kind.Kind {
	case "StatefulSet":
		err = strict(doc, &r.sets)
	case "Deployment":
		err = strict(doc, &r.fleets)
	case "ConfigMap":
		err = strict(doc, &r.configs)
	case "Service":
		err = strict(doc, &r.services)
	case "PodDisruptionBudget":
		err = strict(doc, &r.budgets)
	case "Job":
		err = strict(doc, &r.jobs)
	case "":
		return // a comment
	default:
		t.Errorf("%s: nobody looks at a %s", name, kind.Kind)
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, doc)
	}
}

func strict[T any](doc string, all *[]T) error {
	var one T
	err := yaml.UnmarshalStrict([]byte(doc), &one)
	*all = append(*all, one)
	return err
}

func node(name string) map[string]any {
	return map[string]any{"name": name, "machine": "worker-" + name, "address": "192.0.2.1", "trunk": name + ".eu.sbc.example.net", "certificateSecret": name + "-sbc"}
}

func values(nodes ...any) map[string]any {
	return map[string]any{
		"nodes": nodes, "sipHost": "sip.eu.example.net", "recordings": map[string]any{"store": "s3://recordings?region=eu-central-1"},
		"microsoft": map[string]any{"clientID": "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10", "homeTenant": "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b11"},
		"settings":  map[string]any{"log": map[string]any{"level": "debug"}},
	}
}

func TestChart(t *testing.T) {
	r, err := render(t, values(node("e0"), node("e1")))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.sets) != 2 || len(r.fleets) != 2 || len(r.configs) != 4 || len(r.services) != 1 || len(r.budgets) != 3 || len(r.jobs) != 1 {
		t.Fatalf("%d sets, %d deployments, %d configs, %d services, %d budgets, %d jobs", len(r.sets), len(r.fleets), len(r.configs), len(r.services), len(r.budgets), len(r.jobs))
	}
	slices.SortFunc(r.sets, func(a, b apps.StatefulSet) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(r.fleets, func(a, b apps.Deployment) int { return strings.Compare(a.Name, b.Name) })
	pods := map[string]core.PodTemplateSpec{}
	for i, s := range r.sets {
		checkNode(t, s, []string{"e0", "e1"}[i])
		pods[s.Name] = s.Spec.Template
	}
	for i, d := range r.fleets {
		if name := []string{"eu-api", "eu-jobs"}[i]; d.Name != name || d.Spec.Template.Spec.HostNetwork || *d.Spec.Replicas < 1 {
			t.Errorf("%s: %+v", d.Name, d.Spec)
		}
		checkPod(t, d.Name, d.Spec.Template.Spec)
		pods[d.Name] = d.Spec.Template
	}
	for _, s := range r.sets {
		chosen(t, pods, s.Name, s.Spec.Selector.MatchLabels, s.Name)
	}
	for _, d := range r.fleets {
		chosen(t, pods, d.Name, d.Spec.Selector.MatchLabels, d.Name)
	}
	chosen(t, pods, "service", r.services[0].Spec.Selector, "eu-api")
	for _, b := range r.budgets {
		chosen(t, pods, b.Name, b.Spec.Selector.MatchLabels, map[string][]string{"eu-sip": {"eu-e0", "eu-e1"}, "eu-api": {"eu-api"}, "eu-jobs": {"eu-jobs"}}[b.Name]...)
	}
	if within(r.services[0].Spec.Selector, r.jobs[0].Spec.Template.Labels) {
		t.Error("requests are sent to the migration")
	}
	for _, c := range r.configs { // whether the product takes them is seen by internal/config
		if _, ok := pods[c.Name]; !ok {
			t.Errorf("the settings %s are nobody's", c.Name)
		}
		if strings.HasSuffix(c.Name, "-e1") {
			continue // as those of e0
		}
		file, made := "testdata/"+c.Name+".yaml", c.Data["tandem.yaml"]
		if *update {
			if err := os.WriteFile(file, []byte(made), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if made != read(t, file) {
			t.Errorf("the settings are not %s (go test -update, then look at the difference):\n%s", file, made)
		}
	}
}

// chosen demands that a selector chooses the pods of just those.
func chosen(t *testing.T, pods map[string]core.PodTemplateSpec, what string, selector map[string]string, want ...string) {
	t.Helper()
	for name, pod := range pods {
		if within(selector, pod.Labels) != slices.Contains(want, name) {
			t.Errorf("%s: of %s is chosen: %v", what, name, within(selector, pod.Labels))
		}
	}
}

// checkNode: what SIP needs.
func checkNode(t *testing.T, s apps.StatefulSet, name string) {
	t.Helper()
	pod := s.Spec.Template.Spec
	switch {
	case s.Name != "eu-"+name || *s.Spec.Replicas != 1 || !pod.HostNetwork || pod.DNSPolicy != core.DNSClusterFirstWithHostNet:
		t.Errorf("%s: %+v", s.Name, pod)
	case pod.NodeSelector["kubernetes.io/hostname"] != "worker-"+name:
		t.Errorf("%s is not tied to its machine: %v", s.Name, pod.NodeSelector)
	}
	checkPod(t, s.Name, pod)
	for _, p := range pod.Containers[0].Ports { // with the host's network they are the same
		if p.HostPort != 0 && p.HostPort != p.ContainerPort {
			t.Errorf("%s: %+v", s.Name, p)
		}
	}
}

// checkPod: what a process without rights needs.
func checkPod(t *testing.T, name string, pod core.PodSpec) {
	t.Helper()
	c := pod.Containers[0]
	switch {
	case *pod.TerminationGracePeriodSeconds <= 35:
		t.Errorf("%s: calls have thirty seconds to end, the pod %d", name, *pod.TerminationGracePeriodSeconds)
	case !*pod.SecurityContext.RunAsNonRoot || *c.SecurityContext.AllowPrivilegeEscalation || !*c.SecurityContext.ReadOnlyRootFilesystem:
		t.Errorf("%s has rights that it does not need", name)
	case c.ReadinessProbe.HTTPGet.Path != "/readyz" || c.LivenessProbe.HTTPGet.Path != "/healthz":
		t.Errorf("%s: %+v %+v", name, c.ReadinessProbe, c.LivenessProbe)
	}
	mounted := map[string]bool{}
	for _, v := range pod.Volumes {
		mounted[v.Name] = true
	}
	for _, m := range c.VolumeMounts {
		if !mounted[m.Name] {
			t.Errorf("%s mounts %s, which is no volume", name, m.Name)
		}
	}
}

func within(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return len(selector) > 0
}

// TestChartRefuses: what would run but not work is not rendered.
func TestChartRefuses(t *testing.T) {
	for what, change := range map[string]func(map[string]any){
		"recordings.store is needed":          func(v map[string]any) { v["recordings"] = map[string]any{"store": ""} },
		"each node needs a machine":           func(v map[string]any) { delete(v["nodes"].([]any)[0].(map[string]any), "machine") },
		"each node needs a certificateSecret": func(v map[string]any) { delete(v["nodes"].([]any)[0].(map[string]any), "certificateSecret") },
	} {
		v := values(node("e0"))
		change(v)
		if _, err := render(t, v); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
