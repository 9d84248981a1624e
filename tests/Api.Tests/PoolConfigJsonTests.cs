using System.Text;
using CsCheck;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Api.Tests;

public sealed class PoolConfigJsonTests
{
    private const string Smallest =
        """
        {"formatVersion":1,"sequence":7,"config":{"name":"corp","namespace":"mail","uid":"u1",
        "listeners":[{"name":"smtp","port":2525}],"hubs":[{"name":"ht1","host":"10.0.0.1"}],"routes":[{"name":"default","hubs":["ht1"]}]}}
        """;

    [Fact]
    public void What_is_printed_reads_as_it_was() => RenderedPools.Valid.Sample(
        pool =>
        {
            var printed = PoolConfigJson.Print(pool);
            var (read, faults) = PoolConfigJson.Parse(printed);
            Assert.Empty(faults);
            Assert.Equal(Encoding.UTF8.GetString(printed), Encoding.UTF8.GetString(PoolConfigJson.Print(read!)));
            // Lists are compared by reference, so what has none is compared by value here, and the print tells the rest.
            Assert.Equal(pool.Config.Limits, read!.Config.Limits);
            Assert.Equal(pool.Config.Health, read.Config.Health);
            Assert.Equal(pool.Config.Balancing, read.Config.Balancing);
            Assert.Equal(pool.Config.Spool, read.Config.Spool);
            Assert.Equal(pool.Config.Delivery.RetrySeconds.AsEnumerable(), read.Config.Delivery.RetrySeconds.AsEnumerable());
            Assert.Equal(pool.Config.Delivery, read.Config.Delivery with { RetrySeconds = pool.Config.Delivery.RetrySeconds });
            Assert.Equal(pool.Config.Listeners.AsEnumerable(), read.Config.Listeners.AsEnumerable());
            Assert.Equal(pool.Config.Hubs.AsEnumerable(), read.Config.Hubs.AsEnumerable());
            Assert.Equal(pool.Config.Access[0].ClientCidrs.AsEnumerable(), read.Config.Access[0].ClientCidrs.AsEnumerable());
            Assert.Equal(pool.Zones.AsEnumerable(), read.Zones.AsEnumerable());
        },
        iter: 400);

    [Fact]
    public void The_pools_own_key_and_its_peers_pass_through_and_what_no_relay_could_use_is_told()
    {
        using var authority = new TestAuthority();
        var (certificate, key) = authority.IssuePem("pool");
        var printed = PoolConfigJson.Print(Parse(Smallest).Pool! with
        {
            HandOver = new HandOverConfig(certificate, key, Maps.Empty.Add("corp-0", "10.0.0.7:9026").Add("corp-1", "[fd00::7]:9026")),
        });
        var read = PoolConfigJson.Parse(printed).Pool!.HandOver!;
        Assert.Equal((certificate, key), (read.CertificatePem, read.KeyPem));
        Assert.Equal(["10.0.0.7:9026", "[fd00::7]:9026"], read.Peers.Values);

        var (pool, faults) = Parse(Smallest.Replace("\"config\"", "\"handOver\":{\"certificatePem\":\"x\",\"keyPem\":\"y\",\"peers\":{\"corp-0\":\"here\",\"corp-1\":\"10.0.0.7\"}},\"config\"", StringComparison.Ordinal));
        Assert.Null(pool);
        Assert.Equal(
            [
                "pool.json: handOver.certificatePem: found no certificate with its key; allowed: PEM texts that belong together, the key under keyPem",
                "pool.json: handOver.peers.corp-0: found here; allowed: an address and port such as 10.0.0.7:9026",
                "pool.json: handOver.peers.corp-1: found 10.0.0.7; allowed: an address and port such as 10.0.0.7:9026",
            ],
            faults);
    }

    [Fact]
    public void A_pool_of_a_file_passes_through()
    {
        var config = PoolFile.Load(Repository.Path("examples", "quickstart.yaml")).Config!;
        var (pool, faults) = PoolConfigJson.Parse(PoolConfigJson.Print(new RenderedPool { Sequence = 1, Config = config }));
        Assert.Empty(faults);
        Assert.Equal(config.Hash, pool!.Config.Hash);
        Assert.Equal(config.Hubs.AsEnumerable(), pool.Config.Hubs.AsEnumerable());
    }

    [Fact]
    public void What_is_missing_has_the_defaults_of_the_resources()
    {
        var (pool, faults) = Parse(Smallest);
        Assert.Empty(faults);
        var config = pool!.Config;
        Assert.Equal((7, 1), (pool.Sequence, pool.FormatVersion));
        Assert.Equal(new LimitsSpec().MaxMessageBytes, config.Limits.MaxMessageBytes);
        Assert.Equal(new HubLimitsSpec().MaxConnections, config.Hubs[0].Limits.MaxConnections);
        Assert.Equal((25, 100, HubTlsMode.Opportunistic), (config.Hubs[0].Port, config.Hubs[0].Weight, config.Hubs[0].Tls.Mode));
        Assert.Equal((30, 330), (config.DrainSeconds, config.TerminationGraceSeconds));
        Assert.Equal((DeliveryMode.CutThrough, 172800, 14400, 100, NotificationMode.Sender), (config.Delivery.Mode, config.Delivery.ExpireSeconds, config.Delivery.DelayNoticeSeconds, config.Delivery.MaxHops, config.Delivery.Notifications));
        Assert.Equal(new DeliverySpec().RetrySeconds.AsEnumerable(), config.Delivery.RetrySeconds.AsEnumerable());
        Assert.Null(config.Spool);
        Assert.Equal("corp.mail", config.HeloName);
        Assert.Equal(64, config.Hash.Length);
    }

    [Fact]
    public void What_a_newer_operator_adds_is_passed_over()
    {
        var (pool, faults) = Parse(Smallest.Replace("\"sequence\"", "\"spool\":{\"size\":1},\"sequence\"", StringComparison.Ordinal)
            .Replace("\"host\"", "\"colour\":[null,{}],\"host\"", StringComparison.Ordinal));
        Assert.Empty(faults);
        Assert.Equal("10.0.0.1", pool!.Config.Hubs[0].Host);
    }

    [Theory]
    [InlineData(1, "", "")]
    [InlineData(2, ", \"tls\":{\"isRequired\":true}", "")]
    [InlineData(2, ", \"auth\":{\"isRequired\":true}", "")]
    [InlineData(2, ", \"proxyCidrs\":[\"10.0.0.8/32\"]", "")]
    [InlineData(2, ", \"xclientCidrs\":[\"10.0.0.8/32\"]", "")]
    [InlineData(1, "", ", \"recipientDomains\":[\"corp.example\"]")]
    [InlineData(2, "", ", \"requireAuth\":true")]
    [InlineData(2, "", ", \"clientCertificates\":[\"erp.corp.example\"]")]
    public void What_decides_who_may_relay_is_nothing_that_an_older_relay_may_pass_over(int format, string listener, string rule)
    {
        var json = Smallest.Replace("\"port\":2525", $"\"port\":2525{listener}", StringComparison.Ordinal)
            .Replace("\"hubs\":[{", $"\"access\":[{{\"name\":\"a\",\"clientCidrs\":[\"10.0.0.0/8\"]{rule}}}],\"hubs\":[{{", StringComparison.Ordinal);
        var faults = new List<string>();
        using var document = System.Text.Json.JsonDocument.Parse(json);
        Assert.Equal(format, RenderedPool.FormatOf(RenderedPoolReader.Read(document.RootElement, faults)!.Config));
    }

    [Fact]
    public void A_newer_format_is_refused_by_that_alone()
    {
        var (pool, faults) = Parse("""{"formatVersion":3,"config":"what this means is not known here"}""");
        Assert.Null(pool);
        Assert.Equal("pool.json: formatVersion: found 3; allowed: at most 2, the newest that this relay knows; a newer relay is needed", Assert.Single(faults));
    }

    [Theory]
    [InlineData("\"port\":2525", "\"port\":0", "config.listeners[0].port: found 0; allowed: a number from 1 to 65535")]
    [InlineData("\"port\":2525", "\"port\":\"x\"", "config.listeners[0].port: found a text")]
    [InlineData("{\"name\":\"smtp\",\"port\":2525}", "", "config.listeners: found nothing; allowed: at least one listener")]
    [InlineData("}],\"hubs\"", "},{\"name\":\"b\",\"port\":2525}],\"hubs\"", "config.listeners[1].port: found 2525 a second time")]
    [InlineData("\"hubs\":[\"ht1\"]", "\"hubs\":[\"ht2\"]", "config.routes[0].hubs: found ht2; allowed: the names of config.hubs")]
    [InlineData("\"name\":\"default\"", "\"name\":\"other\"", "config.routes: found another first route")]
    [InlineData("\"port\":2525", "\"port\":2525,\"protocol\":\"SMTPS\"", "config.listeners[0].tls: found nothing; allowed: an object with certificates, which protocol SMTPS needs")]
    [InlineData("\"port\":2525", "\"port\":2525,\"tls\":{}", "config.listeners[0].tls.certificates: found nothing; allowed: at least one certificate with its key")]
    [InlineData("\"port\":2525", "\"port\":2525,\"tls\":{\"certificates\":[{\"certificatePem\":\"x\",\"keyPem\":\"y\"}]}", "config.listeners[0].tls.certificates[0]: found no certificate with its key")]
    [InlineData("\"port\":2525", "\"port\":2525,\"auth\":{\"users\":\"a:hush\"}", "config.listeners[0].auth.users: found users of which line 1 has neither a bcrypt hash ($2a$, $2b$ or $2y$, of cost 4 to 16) nor a SCRAM-SHA-256 verifier; allowed: one user a line, name:hash")]
    [InlineData("\"port\":2525", "\"port\":2525,\"tls\":{\"minVersion\":\"Tls11\"}", "config.listeners[0].tls.minVersion: found \"Tls11\"; allowed: Tls12, Tls13")]
    [InlineData("\"port\":2525", "\"port\":2525,\"tls\":{\"clientCaPem\":\"x\"}", "config.listeners[0].tls.clientCaPem: found a text without a readable certificate")]
    [InlineData("\"sequence\":7,", "", "sequence: found nothing")]
    [InlineData("\"sequence\":7", "\"sequence\":-1", "sequence: found -1")]
    [InlineData("\"sequence\":7", "\"sequence\":7,\"draining\":\"p\"", "draining: found a text; allowed: a list")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"\"", "config.uid: found nothing")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"limits\":{\"maxConnections\":0}", "config.limits.maxConnections: found 0; allowed: a number from 1 to 100000")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"balancing\":{\"policy\":\"Best\"}", "config.balancing.policy: found \"Best\"; allowed: LeastLoaded, RoundRobin, ClientHash")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"access\":[{\"name\":\"a\",\"clientCidrs\":[\"10.0.0.1/8\"]}]", "config.access[0].clientCidrs[0]: found \"10.0.0.1/8\"; allowed: 10.0.0.0/8")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"access\":[{\"name\":\"a\",\"clientCidrs\":[\"10.0.0.0/8\"],\"route\":\"x\"}]", "config.access[0].route: found x")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"a..b\"", "config.hubs[0].host: found \"a..b\"")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"userName\":\"u\",\"password\":\"p\"}", "config.hubs[0].tls.mode: found Opportunistic with credentials")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"userName\":\"u\",\"oauth2\":{}}", "config.hubs[0].credentials.oauth2.tokenUrl: found nothing")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"userName\":\"u\",\"oauth2\":{\"tokenUrl\":\"http://a/\"}}", "config.hubs[0].credentials.oauth2.tokenUrl: found \"http://a/\"; allowed: an https URL")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"userName\":\"u\",\"oauth2\":{}}", "config.hubs[0].credentials.oauth2.clientSecret: found nothing")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"userName\":\"u\",\"oauth2\":{}}", "config.hubs[0].tls.mode: found Opportunistic with credentials")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"userName\":\"u\",\"password\":\"p\",\"oauth2\":{}}", "config.hubs[0].credentials: found both a password and oauth2")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"mechanism\":\"Plain\",\"userName\":\"u\",\"oauth2\":{}}", "config.hubs[0].credentials.mechanism: found Plain with oauth2; allowed: Auto or XOAuth2")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"credentials\":{\"userName\":\"u\",\"oauth2\":{\"caPem\":\"x\"}}", "config.hubs[0].credentials.oauth2.caPem: found a text without a readable certificate")]
    [InlineData("\"host\":\"10.0.0.1\"", "\"host\":\"10.0.0.1\",\"tls\":{\"mode\":\"Required\",\"caPem\":\"x\"}", "config.hubs[0].tls.caPem: found a text without a readable certificate")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"delivery\":{\"mode\":\"StoreAndForward\"}", "config.delivery.mode: found StoreAndForward without a spool")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"delivery\":{\"notifications\":\"Postmaster\"}", "config.delivery.notifications: found Postmaster without a postmaster")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"delivery\":{\"retrySeconds\":[]}", "config.delivery.retrySeconds: found 0 items; allowed: 1 to 64 items")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"delivery\":{\"retrySeconds\":[60,0]}", "config.delivery.retrySeconds[1]: found 0; allowed: a number from 1 to 86400")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"spool\":{}", "config.spool: found neither storageBytes nor postgresUri")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"spool\":{\"storageBytes\":1,\"postgresUri\":\"x\"}", "config.spool: found both storageBytes and postgresUri")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"u1\",\"spool\":{\"postgresUri\":\"x\"}", "config.spool.postgresUri: found a text that does not begin with postgresql://")]
    [InlineData("\"uid\":\"u1\"", "\"uid\":\"\\uD800\"", "found an escape that is no character")]
    [InlineData("\"config\":", "\"config\":[", "found no JSON")]
    public void A_fault_says_where_it_stands_and_what_is_allowed(string valid, string changed, string expected)
    {
        Assert.Contains(valid, Smallest, StringComparison.Ordinal);
        var (pool, faults) = Parse(Smallest.Replace(valid, changed, StringComparison.Ordinal));
        Assert.Null(pool);
        Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_told_at_once_and_none_gives_a_secret_away()
    {
        var (_, faults) = Parse(Smallest.Replace("\"port\":2525", "\"port\":0", StringComparison.Ordinal)
            .Replace("\"name\":\"smtp\"", "\"name\":\"smtp\",\"tls\":{\"certificates\":[{\"certificatePem\":\"hush\",\"keyPem\":\"hush\"}]}", StringComparison.Ordinal)
            .Replace("\"host\":\"10.0.0.1\"", "\"port\":0,\"tls\":{\"caPem\":\"hush\"},\"credentials\":{\"password\":\"hush\"}", StringComparison.Ordinal));
        Assert.Equal(7, faults.Length);
        Assert.DoesNotContain(faults, fault => fault.Contains("hush", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_makes_the_reader_throw()
    {
        Gen.Byte.Array[0, 60].Sample(bytes => Judged(bytes), iter: 2000);
        Gen.Select(RenderedPools.Valid, Gen.Int[0, int.MaxValue], Gen.Byte.Array[0, 4]).Sample(
            (pool, at, bytes) =>
            {
                var printed = PoolConfigJson.Print(pool);
                var place = at % printed.Length;
                return Judged(printed.AsSpan(0, place).ToArray()) && Judged([.. printed.AsSpan(0, place), .. bytes, .. printed.AsSpan(Math.Min(printed.Length, place + bytes.Length))]);
            },
            iter: 1000);
        var smallest = Encoding.UTF8.GetBytes(Smallest);
        Assert.All(Enumerable.Range(0, smallest.Length), length => Assert.True(Judged(smallest[..length])));
    }

    [Theory]
    [InlineData("corp-0", "n1", "eu-1")]
    [InlineData("corp-9", "n1", "eu-2")]
    [InlineData("corp-9", "n9", "")]
    public void A_pod_has_the_zone_of_its_name_or_of_its_node(string pod, string node, string zone)
    {
        var pool = Parse(Smallest).Pool! with { Zones = Maps.Empty.Add("corp-0", "eu-1").Add("n1", "eu-2") };
        Assert.Equal(zone, pool.ConfigFor(pod, node).Zone);
    }

    private static bool Judged(byte[] content) => PoolConfigJson.Parse(content) is var (pool, faults) && pool is null == faults.Length > 0;

    private static RenderedPoolResult Parse(string text) => PoolConfigJson.Parse(Encoding.UTF8.GetBytes(text));
}
