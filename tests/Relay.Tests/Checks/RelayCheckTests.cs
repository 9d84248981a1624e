using System.CommandLine;
using System.Globalization;
using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Checks;
using RelayOperator.Relay.Commands;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Checks;

public sealed class RelayCheckTests
{
    private static readonly PoolConfig Config = TestRelay.Pool([TestRelay.Hub("ht1", 25)]) with
    {
        Access =
        [
            TestRelay.Rule("lob", "10.20.0.0/16") with { SenderDomains = ["corp.example"], RecipientDomains = ["corp.example", "*.partner.example"] },
            TestRelay.Rule("erp", "10.20.30.0/24") with { Route = "partners" },
            TestRelay.Rule("scanner", "10.20.30.40/32") with { ClientCertificates = ["scanner.corp.example"] },
        ],
        Routes = [new RouteConfig(RouteConfig.Default, [], ["ht1"]), new RouteConfig("partners", ["*.partner.example"], [])],
    };

    [Theory]
    [InlineData("192.0.2.1", "a@corp.example", "b@corp.example", "554 5.7.1 No access rule lets your address relay here: no rule of spec.access has a network around 192.0.2.1")]
    [InlineData("10.20.1.1", "a@corp.example", "b@corp.example", "allowed 220: rule lob, by its network 10.20.0.0/16; MAIL FROM:<a@corp.example> 250 2.1.0 Sender ok: rule lob, senderDomains corp.example; RCPT TO:<b@corp.example> : route default as no other one takes the domain, hubs ht1")]
    [InlineData("10.20.1.1", "a@corp.example", "b@x.partner.example", "allowed 220: rule lob, by its network 10.20.0.0/16; MAIL FROM:<a@corp.example> 250 2.1.0 Sender ok: rule lob, senderDomains corp.example; RCPT TO:<b@x.partner.example> : route partners by the recipient's domain, which has no hub")]
    [InlineData("10.20.1.1", "", "b@elsewhere.example", "220: rule lob, by its network 10.20.0.0/16; MAIL FROM:<> 250 2.1.0 Sender ok: rule lob, senderDomains corp.example; RCPT TO:<b@elsewhere.example> 550 5.7.1 Your access rule does not allow this recipient: rule lob, recipientDomains corp.example, *.partner.example")]
    [InlineData("10.20.1.1", "a@elsewhere.example", "b@corp.example", "220: rule lob, by its network 10.20.0.0/16; MAIL FROM:<a@elsewhere.example> 550 5.7.1 Your access rule does not allow this sender: rule lob, senderDomains corp.example")]
    [InlineData("::ffff:10.20.30.1", "a@x.example", "b@x.example", "allowed 220: rule erp, by its network 10.20.30.0/24; MAIL FROM:<a@x.example> 250 2.1.0 Sender ok: rule erp; RCPT TO:<b@x.example> : route partners of rule erp, which has no hub")]
    [InlineData("10.20.30.40", "a@x.example", "b@x.example", "220: rule scanner, by its network 10.20.30.40/32; MAIL FROM:<a@x.example> 530 5.7.0 Your access rule needs a client certificate, shown over TLS: rule scanner")]
    [InlineData("10.20.30.1", "a@x.example", "b c@x.example", "220: rule erp, by its network 10.20.30.0/24; MAIL FROM:<a@x.example> 250 2.1.0 Sender ok: rule erp; RCPT TO:<b c@x.example> 501 5.1.3 Bad recipient address: it is no address that a relay takes")]
    public void It_says_what_would_be_said_and_by_which_rule(string client, string from, string to, string expected) =>
        Assert.Equal(expected, Told(RelayCheck.Of(Config, new RelayQuestion(IPAddress.Parse(client), "", "", from, [to], 0))));

    [Fact]
    public void A_certificate_and_a_size_are_judged_too()
    {
        var scanner = IPAddress.Parse("10.20.30.40");
        Assert.False(RelayCheck.Of(Config, new RelayQuestion(scanner, "scanner.corp.example", "", "a@x.example", ["b@x.example"], 1000)).IsRefused);
        Assert.Contains("550 5.7.1", Told(RelayCheck.Of(Config, new RelayQuestion(scanner, "other.corp.example", "", "a@x.example", ["b@x.example"], 0))), StringComparison.Ordinal);
        Assert.Contains("552 5.3.4", Told(RelayCheck.Of(Config, new RelayQuestion(scanner, "scanner.corp.example", "", "a@x.example", ["b@x.example"], 10_000_001))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "a@corp.example", "530 5.7.0 Authentication required")]
    [InlineData("nobody", "a@corp.example", "no listener has a user nobody")]
    [InlineData("erp", "a@corp.example", "550 5.7.1")]
    [InlineData("erp", "erp@corp.example", "allowed ")]
    public void A_user_is_judged_by_the_rule_and_by_what_the_user_may_send_as(string user, string from, string expected)
    {
        var config = Config with
        {
            Listeners = [Config.Listeners[0] with { Auth = new ListenerAuthConfig(false, false, "erp:$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe:erp@corp.example\n") }],
            Access = [TestRelay.Rule("anywhere", "0.0.0.0/0") with { RequireAuth = true }],
        };
        Assert.Contains(expected, Told(RelayCheck.Of(config, new RelayQuestion(IPAddress.Parse("192.0.2.1"), "", user, from, ["b@x.example"], 0))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--client 127.0.0.1 --from a@x.example --to b@x.example --to <c@x.example>", 0, "allowed")]
    [InlineData("--client 192.0.2.1 --from <> --to b@x.example", 1, "refused")]
    public async Task The_command_prints_each_step_and_ends_with_the_verdict(string arguments, int code, string last)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        var parsed = CheckCommand.Create().Parse(["--pool", Path.Combine(Repository.Root, "examples", "quickstart.yaml"), .. arguments.Split(' ')]);
        Assert.Equal(code, await parsed.InvokeAsync(new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken));
        Assert.Equal(last, output.ToString().TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public async Task A_pool_file_with_faults_is_told_as_relay_run_tells_it()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("pool.yaml"), "kind: RelayPool\n", TestContext.Current.CancellationToken);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var parsed = CheckCommand.Create().Parse(["--pool", folder.File("pool.yaml"), "--client", "127.0.0.1", "--from", "a@x.example", "--to", "b@x.example"]);
        Assert.Equal(2, await parsed.InvokeAsync(new InvocationConfiguration { Error = error }, TestContext.Current.CancellationToken));
        Assert.Contains("pool.yaml", error.ToString(), StringComparison.Ordinal);
    }

    private static string Told(RelayVerdict verdict) =>
        (verdict.IsRefused ? "" : "allowed ") + string.Join("; ", verdict.Steps.Select(step => $"{step.Command}{(step.Command.Length == 0 ? "" : " ")}{step.Reply}: {step.Reason}"));
}
