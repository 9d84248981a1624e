using System.Net;
using System.Text;
using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class ConfigRenderingTests
{
    [Fact]
    public void Listeners_bind_the_ports_of_the_container()
    {
        Assert.Equal(2525, Assert.Single(Told(Reading.Pool()).Config.Listeners).Port);
    }

    [Fact]
    public void A_write_is_numbered_and_nothing_new_is_no_write()
    {
        var pool = Reading.Pool();
        var first = PoolResources.For(pool, Reading.Settings);
        Assert.Equal(1, first.Config.Sequence);
        pool = pool with { Written = Reading.Written(first) };
        Assert.Equal(Reading.Text(Reading.Single<V1Secret>(first)), Reading.Text(Reading.Single<V1Secret>(pool)));
        Assert.Equal(2, Config(pool with { Hubs = [Reading.Hub("ht02")] }).Sequence);
    }

    [Fact]
    public void The_number_stays_above_what_pods_have_in_force_even_if_the_Secret_was_lost()
    {
        var pool = Reading.Pool();
        pool = pool with { Pods = [Reading.Pod("a", Reading.Answer(pool, "a", sequence: 41))] };
        Assert.Equal(42, Config(pool).Sequence);
        Assert.Equal(42, Config(pool with { Written = Reading.Written(PoolResources.For(Reading.Pool(), Reading.Settings)) }).Sequence);
    }

    [Fact]
    public void A_leaving_pod_keeps_the_number_that_first_named_it()
    {
        var pool = Reading.PoolWithClaims(spec => spec with { Replicas = 1 }) with { Claims = [Reading.Claim(0), Reading.Claim(1)] };
        var first = PoolResources.For(pool, Reading.Settings);
        Assert.Equal(1, first.Config.Draining["corp-1"]);
        var second = Config(pool with { Written = Reading.Written(first), Claims = [.. pool.Claims, Reading.Claim(2)] });
        Assert.Equal((2, 1, 2), (second.Sequence, second.Draining["corp-1"], second.Draining["corp-2"]));
        Assert.Equal(["corp-1", "corp-2"], PoolConfigJson.Parse(second.Data!["pool.json"]).Pool!.Draining);
    }

    [Fact]
    public void Pods_with_spools_get_the_pools_own_key_and_their_peers_only_while_some_leave()
    {
        var key = new HandOverKeys().Of("uid", null);
        var pool = Reading.PoolWithClaims(spec => spec with { Replicas = 3 }) with { HandOverKey = key, Claims = [Reading.Claim(0), Reading.Claim(1), Reading.Claim(2)] };
        pool = pool with
        {
            Pods =
            [
                Pod("corp-0", "10.0.0.1"), Pod("corp-1", "fd00::1"), Pod("corp-2", "10.0.0.3"),
            ],
        };
        var staying = Told(pool).HandOver!;
        Assert.Equal((key.CertificatePem, key.KeyPem), (staying.CertificatePem, staying.KeyPem));
        Assert.Empty(staying.Peers);

        var leaving = pool with { Pool = pool.Pool with { Spec = pool.Pool.Spec with { Replicas = 2 } } };
        Assert.Equal([KeyValuePair.Create("corp-0", "10.0.0.1:9026"), KeyValuePair.Create("corp-1", "[fd00::1]:9026")], Told(leaving).HandOver!.Peers);
        var unready = leaving with { Pods = [leaving.Pods[0] with { Ready = false }, leaving.Pods[1] with { Terminating = true }, leaving.Pods[2]] };
        Assert.Empty(Told(unready).HandOver!.Peers);
        Assert.Empty(Told(leaving with { IsBeingDeleted = true }).HandOver!.Peers);

        GatheredPod Pod(string name, string ip) => Reading.Pod(name, Reading.Answer(pool, name)) with { Ip = ip, Ready = true };
    }

    [Fact]
    public void Peers_reach_a_leaving_pod_even_where_the_pool_cannot_be_rendered()
    {
        var pool = Reading.PoolWithClaims(spec => spec with { Replicas = 2 }) with { HandOverKey = new HandOverKeys().Of("uid", null), Claims = [Reading.Claim(0), Reading.Claim(1)] };
        pool = pool with { Written = Reading.Written(PoolResources.For(pool, Reading.Settings)) };
        var leaving = pool with
        {
            Faults = ["spec.access: a fault"],
            Pool = pool.Pool with { Spec = pool.Pool.Spec with { Replicas = 1 } },
            Pods = [Reading.Pod("corp-0", Reading.Answer(pool, "corp-0")) with { Ip = "10.0.0.1", Ready = true }],
        };
        Assert.Equal([KeyValuePair.Create("corp-0", "10.0.0.1:9026")], Told(leaving).HandOver!.Peers);
        leaving = leaving with { Written = Reading.Written(PoolResources.For(leaving, Reading.Settings)) };
        Assert.Equal(leaving.Written.Sequence, Config(leaving).Sequence);
    }

    [Fact]
    public void A_pools_key_stays_until_it_is_taken_out_of_the_Secret()
    {
        var keys = new HandOverKeys();
        var pool = Reading.PoolWithClaims() with { HandOverKey = keys.Of("uid", null) };
        var written = Reading.Written(PoolResources.For(pool, Reading.Settings));
        Assert.Equal(pool.HandOverKey, keys.Of("uid", null));
        Assert.Equal(pool.HandOverKey, new HandOverKeys().Of("uid", written));
        Assert.NotEqual(pool.HandOverKey, new HandOverKeys().Of("uid", Reading.Written(PoolResources.For(pool with { HandOverKey = null }, Reading.Settings))));
        Assert.NotEqual(pool.HandOverKey, keys.Of("another", null));
        Assert.DoesNotContain("PRIVATE", $"{pool.HandOverKey} {Told(pool).HandOver}", StringComparison.Ordinal);
        Assert.Null(Told(Reading.Pool()).HandOver);
    }

    [Fact]
    public void Addresses_of_the_clusters_own_reach_the_pods_and_are_no_part_of_the_hash()
    {
        Assert.Null(Told(Reading.Pool()).Cluster);
        var pool = Reading.Pool() with
        {
            NodeAddresses = [IPAddress.Parse("10.9.0.2"), IPAddress.Parse("10.9.0.1"), IPAddress.Parse("10.9.0.2")],
            PodNetworks = [IPNetwork.Parse("10.244.1.0/24")],
        };
        var settings = Reading.Settings with { PodNetworks = ["10.244.0.0/16"] };
        var rendered = PoolResources.For(pool, settings).Config;
        var told = PoolConfigJson.Parse(rendered.Data!["pool.json"]).Pool!;
        Assert.Equal(["10.9.0.1", "10.9.0.2"], told.Cluster!.Nodes.Select(address => address.ToString()));
        Assert.Equal(["10.244.0.0/16", "10.244.1.0/24"], told.Cluster.PodNetworks.Select(network => network.ToString()));
        Assert.Equal(Config(Reading.Pool()).Hash, rendered.Hash);
        Assert.Same(told.Cluster, told.ConfigFor("corp-0", "node").Cluster);
    }

    [Fact]
    public void Zones_of_pods_are_told_where_hubs_have_zones()
    {
        var pool = Reading.Pool() with { Pods = [Reading.Pod("a") with { Zone = "eu-1" }, Reading.Pod("b")] };
        Assert.Empty(Told(pool).Zones);
        Assert.Equal([KeyValuePair.Create("a", "eu-1")], Told(pool with { Hubs = [Reading.Hub("ht01", hub => hub with { Zone = "eu-1" })] }).Zones);
    }

    [Fact]
    public void What_pods_need_of_Secrets_is_copied_under_keys_of_its_own()
    {
        using var authority = new TestAuthority();
        var (certificate, key) = authority.IssuePem("relay.example");
        var pool = WithTls() with
        {
            Secrets = [Reading.Secret("corp-tls", "1", ("tls.crt", certificate), ("tls.key", key), ("other", "left out")), Reading.Secret("ca", "1", ("ca.crt", authority.Pem))],
        };
        var config = Config(pool);
        Assert.Empty(config.Faults);
        Assert.Equal(["ca.ca.crt", "corp-tls.tls.crt", "corp-tls.tls.key", "pool.json"], config.Data!.Keys);
        Assert.Equal(key, Encoding.UTF8.GetString(config.Data["corp-tls.tls.key"]));
    }

    [Fact]
    public void The_hash_changes_with_the_version_of_a_Secret_and_never_shows_its_content()
    {
        var pool = Reading.Pool() with
        {
            Hubs = [Reading.Hub("ht01", hub => hub with { Credentials = new HubCredentialsSpec { SecretRef = new SecretReference { Name = "login" } } })],
        };
        var one = Config(pool with { Secrets = [Reading.Secret("login", "1", ("username", "u"), ("password", "p"))] }).Hash;
        Assert.Equal(one, Config(pool with { Secrets = [Reading.Secret("login", "1", ("username", "u"), ("password", "q"))] }).Hash);
        Assert.NotEqual(one, Config(pool with { Secrets = [Reading.Secret("login", "2", ("username", "u"), ("password", "p"))] }).Hash);
    }

    [Fact]
    public void The_Secrets_of_a_hubs_tokens_are_copied_and_a_new_version_of_each_is_a_new_configuration()
    {
        using var authority = new TestAuthority();
        var oauth2 = new HubOAuth2Spec
        {
            TokenUrl = "https://login.example.com/token", ClientId = "c", Scope = "s", SecretRef = new SecretReference { Name = "client" }, CaSecretRef = new SecretReference { Name = "ca" },
        };
        var pool = Reading.Pool() with
        {
            Hubs = [Reading.Hub("ht01", hub => hub with { Tls = new HubTlsSpec { Mode = HubTlsMode.Required }, Credentials = new HubCredentialsSpec { Oauth2 = oauth2 } })],
        };
        Assert.Equal(["client", "ca"], ReferredSecrets.Names(pool.Pool, pool.Hubs));

        var first = Rendered("1", "hush", "1");
        var login = PoolConfigJson.Parse(first.Data![RenderedPool.Key]).Pool!.Config.Hubs[0].Credentials!;
        Assert.Equal(("u", "hush", authority.Pem), (login.UserName, login.Oauth2!.ClientSecret, login.Oauth2.CaPem));
        Assert.Equal(3, new[] { first.Hash, Rendered("2", "hush", "1").Hash, Rendered("1", "hush", "2").Hash }.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["ht01"], Config(pool).HubsLeftOut);

        ConfigRendering Rendered(string clientVersion, string secret, string caVersion) => Config(pool with
        {
            Secrets = [Reading.Secret("client", clientVersion, ("username", "u"), ("clientSecret", secret)), Reading.Secret("ca", caVersion, ("ca.crt", authority.Pem))],
        });
    }

    [Fact]
    public void A_key_that_does_not_fit_its_certificate_keeps_the_last_good_pair()
    {
        using var authority = new TestAuthority();
        var (certificate, key) = authority.IssuePem("relay.example");
        var (newer, _) = authority.IssuePem("relay.example");
        var ca = Reading.Secret("ca", "1", ("ca.crt", authority.Pem));
        var pool = WithTls() with { Secrets = [Reading.Secret("corp-tls", "1", ("tls.crt", certificate), ("tls.key", key)), ca] };
        var halfWay = pool with
        {
            Written = Reading.Written(PoolResources.For(pool, Reading.Settings)),
            Secrets = [Reading.Secret("corp-tls", "2", ("tls.crt", newer), ("tls.key", key)), ca],
        };
        var config = Config(halfWay);
        Assert.Equal(
            "RelayPool corp: spec.listeners[0].tls.secretRef: Secret corp-tls holds a tls.key that does not fit its tls.crt, or is no PEM; what was read before stays in force",
            Assert.Single(config.Faults));
        Assert.Equal((certificate, key), (Encoding.UTF8.GetString(config.Data!["corp-tls.tls.crt"]), Encoding.UTF8.GetString(config.Data["corp-tls.tls.key"])));

        // All else goes on: a new hub reaches the pods.
        Assert.NotEqual(config.Hash, Config(halfWay with { Hubs = [.. halfWay.Hubs, Reading.Hub("ht02")] }).Hash);
    }

    [Fact]
    public void Users_reach_the_pods_and_a_faulty_line_keeps_those_that_were_good()
    {
        const string hash = "$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.";
        var pool = Reading.Pool(spec => spec with
        {
            Listeners = [new ListenerSpec { Name = "smtp", Port = 25, Auth = new() { Mode = ListenerAuthMode.Required, AllowPlaintext = true, UsersSecretRef = new SecretReference { Name = "users" } } }],
        }) with { Secrets = [Reading.Secret("users", "1", ("users", $"a:{hash}"))] };
        Assert.Empty(Config(pool).Faults);
        Assert.Equal(["pool.json", "users.users"], Config(pool).Data!.Keys);
        Assert.Equal(new ListenerAuthConfig(IsRequired: true, AllowPlaintext: true, $"a:{hash}"), Told(pool).Config.Listeners[0].Auth);
        // A relay that would pass over what it says of users refuses it.
        Assert.Equal((1, 2), (Told(Reading.Pool()).FormatVersion, Told(pool).FormatVersion));

        var changed = pool with { Written = Reading.Written(PoolResources.For(pool, Reading.Settings)), Secrets = [Reading.Secret("users", "2", ("users", $"b:{hash}"))] };
        Assert.NotEqual(Config(pool).Hash, Config(changed).Hash);
        Assert.Equal($"b:{hash}", Told(changed).Config.Listeners[0].Auth!.Users);

        var faulty = changed with { Secrets = [Reading.Secret("users", "3", ("users", $"a:{hash}\nb:hunter2"))] };
        Assert.Equal(
            "RelayPool corp: spec.listeners[0].auth.usersSecretRef: Secret users holds users of which line 2 has neither a bcrypt hash ($2a$, $2b$ or $2y$, of cost 4 to 16) nor a SCRAM-SHA-256 verifier; what was read before stays in force",
            Assert.Single(Config(faulty).Faults));
        Assert.Equal($"a:{hash}", Told(faulty).Config.Listeners[0].Auth!.Users);
        Assert.Null(Config(faulty with { Written = null }).Data);
    }

    [Fact]
    public void A_listeners_further_certificates_and_the_authority_of_its_clients_reach_the_pods()
    {
        using var authority = new TestAuthority();
        var (first, firstKey) = authority.IssuePem("relay.example");
        var (second, secondKey) = authority.IssuePem("mail.example");
        var pool = WithTls(tls => tls with
        {
            Mode = ListenerTlsMode.Required,
            AdditionalSecretRefs = [new SecretReference { Name = "more-tls" }],
            ClientCASecretRef = new SecretReference { Name = "corp-tls" },
            MinTlsVersion = TlsVersion.Tls13,
        }) with
        {
            Secrets =
            [
                Reading.Secret("corp-tls", "1", ("tls.crt", first), ("tls.key", firstKey), ("ca.crt", authority.Pem)),
                Reading.Secret("more-tls", "1", ("tls.crt", second), ("tls.key", secondKey)),
                Reading.Secret("ca", "1", ("ca.crt", authority.Pem)),
            ],
        };
        Assert.Empty(Config(pool).Faults);
        Assert.Equal(
            ["ca.ca.crt", "corp-tls.ca.crt", "corp-tls.tls.crt", "corp-tls.tls.key", "more-tls.tls.crt", "more-tls.tls.key", "pool.json"], Config(pool).Data!.Keys);
        Assert.Equal(
            new ListenerTlsConfig(IsRequired: true, TlsVersion.Tls13, [new(first, firstKey), new(second, secondKey)], authority.Pem), Told(pool).Config.Listeners[0].Tls);

        // A renewal shows by its version, and half of one keeps all of its listener as it was.
        var written = Reading.Written(PoolResources.For(pool, Reading.Settings));
        var renewed = pool with { Written = written, Secrets = [pool.Secrets[0], Reading.Secret("more-tls", "2", ("tls.crt", first), ("tls.key", firstKey)), pool.Secrets[2]] };
        Assert.NotEqual(Config(pool).Hash, Config(renewed).Hash);
        Assert.Equal(first, Told(renewed).Config.Listeners[0].Tls!.Certificates[1].CertificatePem);
        var half = renewed with { Secrets = [pool.Secrets[0], Reading.Secret("more-tls", "2", ("tls.crt", first), ("tls.key", secondKey)), pool.Secrets[2]] };
        Assert.StartsWith(
            "RelayPool corp: spec.listeners[0].tls.additionalSecretRefs[0]: Secret more-tls holds a tls.key that does not fit its tls.crt", Assert.Single(Config(half).Faults), StringComparison.Ordinal);
        Assert.Equal(Told(pool).Config.Listeners[0].Tls, Told(half).Config.Listeners[0].Tls);
    }

    [Fact]
    public void A_hub_whose_Secret_is_not_there_yet_is_left_out_and_the_others_serve()
    {
        var pool = Reading.Pool() with
        {
            Hubs = [Reading.Hub("ht01"), Reading.Hub("ht02", hub => hub with { Tls = new HubTlsSpec { CaSecretRef = new SecretReference { Name = "ca" } } })],
        };
        var config = Config(pool);
        Assert.Equal(["ht02"], config.HubsLeftOut);
        Assert.Equal("HubTransport ht02: spec.tls.caSecretRef: there is no Secret ca", Assert.Single(config.Faults));
        Assert.Equal(Config(Reading.Pool()).Hash, config.Hash);
    }

    [Fact]
    public void A_pool_whose_own_Secret_never_existed_has_no_configuration_and_one_that_had_it_keeps_it()
    {
        var pool = WithTls() with { Hubs = [Reading.Hub("ht01")] };
        var none = PoolResources.For(pool, Reading.Settings);
        Assert.Null(none.Config.Data);
        Assert.Empty(none.Objects.OfType<V1Secret>());

        var before = Reading.Written(PoolResources.For(Reading.Pool(), Reading.Settings));
        var kept = PoolResources.For(pool with { Written = before }, Reading.Settings);
        Assert.Equal(before.Data, kept.Config.Data!);
        Assert.Equal(before.Hash, Reading.Written(kept).Hash);
        Assert.NotEmpty(kept.Config.Faults);
    }

    [Fact]
    public void Above_900_KiB_the_last_good_configuration_stays()
    {
        var settings = Reading.Settings with { WriteConfig = rendering => new byte[rendering.Config.Hubs.Length == 1 ? ConfigRendering.MostBytes - 9 : ConfigRendering.MostBytes - 8] };
        var pool = Reading.Pool();
        var fits = PoolResources.For(pool, settings);
        Assert.Empty(fits.Config.Faults);
        var over = PoolResources.For(pool with { Written = Reading.Written(fits), Hubs = [Reading.Hub("ht01"), Reading.Hub("ht02")] }, settings).Config;
        Assert.Contains("has 921601 bytes, allowed are 921600", Assert.Single(over.Faults), StringComparison.Ordinal);
        Assert.Equal((fits.Config.Hash, 1), (over.Hash, over.Sequence));
    }

    [Fact]
    public void A_fault_keeps_no_pod_from_leaving()
    {
        var good = Reading.PoolWithClaims() with { Claims = [Reading.Claim(0), Reading.Claim(1)] };
        var before = Reading.Written(PoolResources.For(good, Reading.Settings));
        var bad = WithTls();
        var pool = good with
        {
            Written = before,
            Pool = good.Pool with { Spec = good.Pool.Spec with { Replicas = 1, Listeners = bad.Pool.Spec.Listeners } },
        };
        var config = Config(pool);
        Assert.Equal((before.Hash, 2, 2), (config.Hash, config.Sequence, config.Draining["corp-1"]));
        Assert.NotEmpty(config.Faults);
        Assert.Equal(["corp-1"], Told(pool).Draining);
        var again = PoolResources.For(pool, Reading.Settings);
        Assert.Equal(2, Config(pool with { Written = Reading.Written(again) }).Sequence);
    }

    [Fact]
    public void A_Secret_with_a_long_name_still_has_keys_that_the_cluster_takes()
    {
        Assert.Equal("login.username", SecretCopies.KeyOf("login", "username"));
        Assert.Equal(253, SecretCopies.KeyOf(new string('a', 244), "username").Length);
        Assert.Equal(73, SecretCopies.KeyOf(new string('a', 245), "username").Length);
    }

    [Fact]
    public void Annotations_spoilt_by_hand_count_as_missing()
    {
        var secret = Reading.Single<V1Secret>(Reading.Pool());
        secret.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [PoolNames.SequenceAnnotation] = "many", [PoolNames.DrainingAnnotation] = "[" };
        var written = ConfigSecret.Read(secret)!;
        Assert.Equal(("", 0, 0), (written.Hash, written.Sequence, written.Draining.Count));
        secret.Data.Remove("pool.json");
        Assert.Null(ConfigSecret.Read(secret));
    }

    private static GatheredPool WithTls(Func<ListenerTlsSpec, ListenerTlsSpec>? change = null) =>
        Reading.Pool(spec => spec with
        {
            Listeners =
            [
                new ListenerSpec
                {
                    Name = "smtp", Port = 25, Tls = (change ?? (same => same))(new ListenerTlsSpec { Mode = ListenerTlsMode.Optional, SecretRef = new SecretReference { Name = "corp-tls" } }),
                },
            ],
        }) with { Hubs = [Reading.Hub("ht01", hub => hub with { Tls = new HubTlsSpec { CaSecretRef = new SecretReference { Name = "ca" } } })] };

    private static RenderedPool Told(GatheredPool pool) => PoolConfigJson.Parse(Config(pool).Data!["pool.json"]).Pool!;

    private static ConfigRendering Config(GatheredPool pool) => PoolResources.For(pool, Reading.Settings).Config;
}
