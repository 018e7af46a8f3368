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
		"nodes": nodes, "recordings": map[string]any{"store": "s3://recordings?region=eu-central-1"},
		"microsoft": map[string]any{"clientID": "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10", "homeTenant": "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b11"},
		"settings":  map[string]any{"log": map[string]any{"level": "debug"}},
	}
}

func TestChart(t *testing.T) {
	r, err := render(t, values(node("e0"), node("e1")))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.sets) != 2 || len(r.configs) != 2 || len(r.services) != 1 || len(r.budgets) != 1 || len(r.jobs) != 1 {
		t.Fatalf("%d sets, %d configs, %d services, %d budgets, %d jobs", len(r.sets), len(r.configs), len(r.services), len(r.budgets), len(r.jobs))
	}
	slices.SortFunc(r.sets, func(a, b apps.StatefulSet) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(r.configs, func(a, b core.ConfigMap) int { return strings.Compare(a.Name, b.Name) })
	for i, s := range r.sets {
		checkNode(t, s, []string{"e0", "e1"}[i])
		labels := s.Spec.Template.Labels
		for _, selector := range []map[string]string{s.Spec.Selector.MatchLabels, r.budgets[0].Spec.Selector.MatchLabels, r.services[0].Spec.Selector} {
			if !within(selector, labels) {
				t.Errorf("%s: %v does not select %v", s.Name, selector, labels)
			}
		}
		if within(s.Spec.Selector.MatchLabels, r.sets[1-i].Spec.Template.Labels) {
			t.Error("one node's set selects another's pods")
		}
	}
	if within(r.services[0].Spec.Selector, r.jobs[0].Spec.Template.Labels) {
		t.Error("calls are sent to the migration")
	}
	// Whether the product takes it is seen by internal/config.
	made := r.configs[0].Data["tandem.yaml"]
	if *update {
		if err := os.WriteFile("testdata/settings.yaml", []byte(made), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if made != read(t, "testdata/settings.yaml") || made == r.configs[1].Data["tandem.yaml"] {
		t.Errorf("the settings are not testdata/settings.yaml (go test -update, then look at the difference):\n%s", made)
	}
}

// checkNode: what SIP and a process without rights need.
func checkNode(t *testing.T, s apps.StatefulSet, name string) {
	t.Helper()
	pod := s.Spec.Template.Spec
	c := pod.Containers[0]
	switch {
	case s.Name != "eu-"+name || *s.Spec.Replicas != 1 || !pod.HostNetwork || pod.DNSPolicy != core.DNSClusterFirstWithHostNet:
		t.Errorf("%s: %+v", s.Name, pod)
	case pod.NodeSelector["kubernetes.io/hostname"] != "worker-"+name:
		t.Errorf("%s is not tied to its machine: %v", s.Name, pod.NodeSelector)
	case *pod.TerminationGracePeriodSeconds <= 35:
		t.Errorf("%s: calls have thirty seconds to end, the pod %d", s.Name, *pod.TerminationGracePeriodSeconds)
	case !*pod.SecurityContext.RunAsNonRoot || *c.SecurityContext.AllowPrivilegeEscalation || !*c.SecurityContext.ReadOnlyRootFilesystem:
		t.Errorf("%s has rights that it does not need", s.Name)
	case c.ReadinessProbe.HTTPGet.Path != "/readyz" || c.LivenessProbe.HTTPGet.Path != "/healthz":
		t.Errorf("%s: %+v %+v", s.Name, c.ReadinessProbe, c.LivenessProbe)
	}
	mounted := map[string]bool{}
	for _, v := range pod.Volumes {
		mounted[v.Name] = true
	}
	for _, m := range c.VolumeMounts {
		if !mounted[m.Name] {
			t.Errorf("%s mounts %s, which is no volume", s.Name, m.Name)
		}
	}
	for _, p := range c.Ports { // with the host's network they are the same
		if p.HostPort != 0 && p.HostPort != p.ContainerPort {
			t.Errorf("%s: %+v", s.Name, p)
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
