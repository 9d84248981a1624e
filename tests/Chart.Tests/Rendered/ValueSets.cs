using Xunit;

namespace RelayOperator.Chart.Tests.Rendered;

/// <summary>Values that people install the chart with, as files.</summary>
internal static class ValueSets
{
    public const string Defaults = "{}";

    public const string Namespaces =
        """
        namespaces: [mail, erp]
        crds: { enabled: false }
        """;

    public const string Everything =
        """
        global: { imagePullSecrets: [{ name: registry-login }] }
        nameOverride: mailer
        commonLabels: { team: mail, app.kubernetes.io/part-of: not-theirs-to-set }
        commonAnnotations: { cost-centre: "4711" }
        replicaCount: 2
        image: { registry: registry.example:5000, repository: mirror/operator, tag: v9, digest: "sha256:1111111111111111111111111111111111111111111111111111111111111111" }
        relay: { image: { registry: "", repository: relay, digest: "sha256:2222222222222222222222222222222222222222222222222222222222222222", pullPolicy: Always } }
        maxConcurrentRollouts: 7
        log: { format: text, level: Debug }
        prometheus: { namespaceSelector: { a: b, c: d }, podSelector: { e: f } }
        monitoring:
          kind: ServiceMonitor
          namespace: monitoring
          labels: { release: prometheus }
          annotations: { x: y }
          interval: 15s
          scrapeTimeout: 10s
          honorLabels: true
          relabelings: [{ action: labeldrop, regex: pod }]
          metricRelabelings: [{ action: drop, regex: go_.* }]
        metrics: { service: { port: 80, labels: { scrape: "yes" }, annotations: { x: y } } }
        serviceAccount: { name: relay-sa, annotations: { iam: role } }
        deploymentAnnotations: { d: a }
        podAnnotations: { p: a }
        podLabels: { p: l }
        extraArgs: [--extra]
        extraEnv: [{ name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://collector:4317" }]
        extraVolumes: [{ name: ca, configMap: { name: ca } }]
        extraVolumeMounts: [{ name: ca, mountPath: /ca }]
        priorityClassName: system-cluster-critical
        tolerations: [{ key: dedicated, operator: Exists }]
        topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway }
        - { maxSkew: 1, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { own: selector } } }
        dnsPolicy: None
        dnsConfig: { nameservers: [10.0.0.53] }
        podDisruptionBudget: { maxUnavailable: 50% }
        networkPolicy:
          extraIngress: [{ from: [{ podSelector: {} }] }]
          egress: { enabled: true, apiServerCIDRs: [10.96.0.1/32], extraEgress: [{ ports: [{ port: 4317 }] }] }
        extraObjects:
        - { apiVersion: v1, kind: ConfigMap, metadata: { name: "{{ .Release.Name }}-map", namespace: "{{ .Release.Namespace }}" } }
        - |
          apiVersion: v1
          kind: ConfigMap
          metadata:
            name: {{ include "relay-operator.fullname" . }}-text
            namespace: {{ .Release.Namespace }}
        """;

    private static readonly Dictionary<string, string> ByName = new(StringComparer.Ordinal)
    {
        ["defaults"] = Defaults,
        ["two replicas"] = "replicaCount: 2",
        ["namespaces"] = Namespaces,
        ["namespaces with two replicas"] = Namespaces + "\nreplicaCount: 2",
        ["the release's namespace among others"] = $"namespaces: [{Helm.Namespace}, mail]",
        ["PodMonitor"] = "monitoring: { kind: PodMonitor }",
        ["ServiceMonitor"] = "monitoring: { kind: ServiceMonitor }",
        ["everything"] = Everything,
        ["everything in namespaces"] = Everything + "\n" + Namespaces,
        ["no service account"] = "serviceAccount: { create: false, name: theirs }",
        ["no roles"] = "rbac: { create: false }",
        ["nothing that can be left out"] =
            """
            crds: { enabled: false }
            rbac: { aggregateToDefaultRoles: false }
            metrics: { service: { enabled: false } }
            networkPolicy: { enabled: false }
            uninstallCheck: { enabled: false }
            tests: { enabled: false }
            nodeSelector: null
            """,
        ["nobody scrapes"] = "prometheus: { namespaceSelector: null, podSelector: null }",
        ["a long name that begins with a digit"] = "fullnameOverride: 1-a-name-that-is-as-long-as-a-label-may-be-which-is-sixty-three",
    };

    public static TheoryData<string> Names() => [.. ByName.Keys];

    public static string Of(string name) => ByName[name];
}
