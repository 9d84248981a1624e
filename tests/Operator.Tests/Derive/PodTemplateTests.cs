using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class PodTemplateTests
{
    [Fact]
    public void A_pod_fits_the_restricted_profile()
    {
        var pod = Template(Reading.PoolWithClaims()).Spec;
        Assert.Equal((true, 1654L, "RuntimeDefault"), (pod.SecurityContext.RunAsNonRoot, pod.SecurityContext.FsGroup, pod.SecurityContext.SeccompProfile.Type));
        Assert.Null(pod.HostNetwork);
        var container = Assert.Single(pod.Containers);
        Assert.Equal((false, true), (container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.ReadOnlyRootFilesystem));
        Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
        Assert.Null(container.SecurityContext.Capabilities.Add);
        Assert.All(pod.Volumes, volume => Assert.True(volume.EmptyDir is not null || volume.Secret is not null));
        Assert.All(container.Ports, port => Assert.True(port.ContainerPort >= 1024 && port.HostPort is null));
    }

    [Fact]
    public void What_a_pod_writes_has_a_place_and_a_bound()
    {
        var pod = Template(Reading.PoolWithClaims(spec => spec with { Limits = new LimitsSpec { TempBytes = 1048576 } })).Spec;
        var folders = pod.Volumes.Where(volume => volume.EmptyDir is not null).ToDictionary(volume => volume.Name, volume => volume.EmptyDir.SizeLimit.ToInt64(), StringComparer.Ordinal);
        Assert.Equal((68157440L, 1048576L), (folders["temp"], folders["socket"]));
        Assert.Equal(
            ["config /etc/relay read-only", "temp /tmp", "socket /run/relay", "spool /var/spool/relay"],
            pod.Containers[0].VolumeMounts.Select(mount => $"{mount.Name} {mount.MountPath}{(mount.ReadOnlyProperty == true ? " read-only" : "")}"));
        Assert.Equal(288, pod.Volumes[0].Secret.DefaultMode);
    }

    [Fact]
    public void A_pod_knows_who_it_is_and_a_pool_cannot_tell_it_otherwise()
    {
        var env = Container(Reading.Pool(spec => spec with
        {
            Template = new PodTemplateSpec
            {
                Env = [Reading.Json("""{"name":"POD_NAME","value":"other"}"""), Reading.Json("""{"name":"TZ","value":"UTC"}""")],
            },
        })).Env;
        Assert.Equal(
            ["POD_NAME metadata.name", "POD_NAMESPACE metadata.namespace", "POD_UID metadata.uid", "NODE_NAME spec.nodeName", "RELAY_POOL_SECRET corp-config", "RELAY_CONFIG_DIR /etc/relay", "RELAY_SOCKET /run/relay/relay.sock", "TZ UTC"],
            env.Select(variable => $"{variable.Name} {variable.ValueFrom?.FieldRef.FieldPath ?? variable.Value}"));
    }

    [Fact]
    public void Listeners_have_their_container_ports_beside_the_pods_own()
    {
        ListenerSpec[] listeners =
        [
            new() { Name = "smtp", Port = 25 }, new() { Name = "admin", Port = 587 }, new() { Name = "2", Port = 2465 },
            new() { Name = "own", Port = 26, ContainerPort = 10026 },
        ];
        Assert.Equal(
            ["smtp 2525", " 3087", " 2465", "own 10026", "admin 9025"],
            Container(Reading.Pool(spec => spec with { Listeners = [.. listeners] })).Ports.Select(port => $"{port.Name} {port.ContainerPort}"));
        Assert.Contains("hand-over 9026", Container(Reading.PoolWithClaims()).Ports.Select(port => $"{port.Name} {port.ContainerPort}"));
    }

    [Fact]
    public void Probes_ask_the_admin_port()
    {
        var container = Container(Reading.Pool());
        Assert.Equal(
            ["/healthz admin", "/healthz admin", "/readyz admin"],
            new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe }.Select(probe => $"{probe.HttpGet.Path} {probe.HttpGet.Port.Value}"));
    }

    [Fact]
    public void Pods_keep_apart_by_node_and_zone_unless_the_pool_says_how()
    {
        var pod = Template(Reading.Pool()).Spec;
        Assert.Equal("kubernetes.io/hostname", Assert.Single(pod.Affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution).PodAffinityTerm.TopologyKey);
        var spread = Assert.Single(pod.TopologySpreadConstraints);
        Assert.Equal(("topology.kubernetes.io/zone", "ScheduleAnyway", 1), (spread.TopologyKey, spread.WhenUnsatisfiable, spread.MaxSkew));

        var own = Template(Reading.Pool(spec => spec with
        {
            Template = new PodTemplateSpec
            {
                Affinity = Reading.Json("""{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[]}}"""),
                TopologySpreadConstraints = [Reading.Json("""{"maxSkew":2,"topologyKey":"rack","whenUnsatisfiable":"DoNotSchedule"}""")],
            },
        })).Spec;
        Assert.Null(own.Affinity.PodAntiAffinity);
        Assert.NotNull(own.Affinity.NodeAffinity);
        var rack = Assert.Single(own.TopologySpreadConstraints);
        Assert.Equal(("rack", "corp"), (rack.TopologyKey, rack.LabelSelector.MatchLabels["app.kubernetes.io/instance"]));
    }

    [Fact]
    public void A_pod_asks_for_CPU_so_that_an_autoscaler_can_measure_it()
    {
        Assert.Equal("100m", Requests("{}")["cpu"].ToString());
        var limited = Requests("""{"limits":{"memory":"1Gi"},"requests":{"memory":"512Mi"}}""");
        Assert.Equal(("100m", "512Mi"), (limited["cpu"].ToString(), limited["memory"].ToString()));
        Assert.Equal("2", Requests("""{"requests":{"cpu":"2"}}""")["cpu"].ToString());
        Assert.DoesNotContain("cpu", Requests("""{"limits":{"cpu":"1"}}""").Keys);

        static IDictionary<string, ResourceQuantity> Requests(string json) =>
            Container(Reading.Pool(spec => spec with { Template = new PodTemplateSpec { Resources = Reading.Json(json) } })).Resources.Requests;
    }

    [Fact]
    public void The_template_of_the_pool_is_merged_in_and_never_breaks_the_selector()
    {
        var template = Template(Reading.Pool(spec => spec with
        {
            Template = new PodTemplateSpec
            {
                Image = "own/relay:7",
                ImagePullSecrets = [new SecretReference { Name = "registry" }],
                NodeSelector = Reading.Map(("disk", "ssd")),
                Tolerations = [Reading.Json("""{"key":"mail","operator":"Exists"}""")],
                PriorityClassName = "high",
                TerminationGracePeriodSeconds = 99,
                Annotations = Reading.Map(("note", "mine")),
                Labels = Reading.Map(("team", "mail"), ("app.kubernetes.io/name", "mine")),
            },
        }));
        var pod = template.Spec;
        Assert.Equal(
            ("own/relay:7", "registry", "ssd", "linux", "mail", "high", 99L),
            (pod.Containers[0].Image, pod.ImagePullSecrets[0].Name, pod.NodeSelector["disk"], pod.NodeSelector["kubernetes.io/os"], pod.Tolerations[0].Key,
                pod.PriorityClassName, pod.TerminationGracePeriodSeconds));
        Assert.Equal(("mine", "mail", "relay"), (template.Metadata.Annotations["note"], template.Metadata.Labels["team"], template.Metadata.Labels["app.kubernetes.io/name"]));
    }

    [Fact]
    public void Without_a_template_a_pod_runs_the_operators_image_for_the_default_grace()
    {
        var pod = Template(Reading.Pool()).Spec;
        Assert.Equal(("example/relay:1.0.0", 330L, "corp"), (pod.Containers[0].Image, pod.TerminationGracePeriodSeconds, pod.ServiceAccountName));
        Assert.Equal(["run"], pod.Containers[0].Args);
        Assert.Null(pod.Tolerations);
        Assert.Null(pod.PriorityClassName);
    }

    [Fact]
    public void A_change_of_the_configuration_replaces_no_pod()
    {
        var pool = Reading.Pool();
        var changed = pool with
        {
            Hubs = [Reading.Hub("ht01"), Reading.Hub("ht02")],
            Pool = pool.Pool with { Spec = pool.Pool.Spec with { HeloName = "other.example", Postmaster = "a@b.example" } },
        };
        Assert.NotEqual(PoolResources.For(pool, Reading.Settings).Config.Hash, PoolResources.For(changed, Reading.Settings).Config.Hash);
        Assert.Equal(Reading.Text(Template(pool)), Reading.Text(Template(changed)));
    }

    private static V1PodTemplateSpec Template(GatheredPool pool) => pool.HasClaims
        ? Reading.Single<V1StatefulSet>(pool).Spec.Template
        : Reading.Single<V1Deployment>(pool).Spec.Template;

    private static V1Container Container(GatheredPool pool) => Template(pool).Spec.Containers[0];
}
