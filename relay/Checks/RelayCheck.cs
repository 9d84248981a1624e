using System.Collections.Immutable;
using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Api.Users;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Checks;

/// <summary>
/// Says what a pool would answer a client, by the same code that answers it. Pure; counts nothing, and asks no hub: what
/// passes the rules is told with the route that it would take.
/// </summary>
public static class RelayCheck
{
    public static RelayVerdict Of(PoolConfig config, RelayQuestion question)
    {
        var access = new AccessTable(config.Access, null, config.Cluster);
        var steps = ImmutableArray.CreateBuilder<RelayStep>();
        if (access.Find(question.Client) is not { } rule)
        {
            steps.Add(new RelayStep(
                "", $"{AdmissionResult.NobodyMayRelay.Refusal()}",
                access.IsHidden(question.Client) ? "the address is a node's or gateway's own, behind which anybody may be" : $"no rule of spec.access has a network around {question.Client}",
                IsRefused: true));
            return new RelayVerdict(steps.ToImmutable());
        }

        steps.Add(new RelayStep("", "220", $"rule {rule.Config.Name}, by its network {NetworkOf(rule.Config, question.Client)}", IsRefused: false));
        var login = question.User.Length == 0 ? null : new ClientLogin(question.User, UserOf(config, question.User));
        if (login is { User: null })
        {
            steps.Add(new RelayStep("AUTH", $"{Replies.BadLogin}", $"no listener has a user {question.User}", IsRefused: true));
            return new RelayVerdict(steps.ToImmutable());
        }

        var argument = $"FROM:<{question.From}>{(question.Size > 0 ? $" SIZE={question.Size}" : "")}{(IsAscii(question) ? "" : " SMTPUTF8")}";
        if (!MailCommand.TryParse(argument, out var mail, out var fault))
        {
            steps.Add(new RelayStep($"MAIL {argument}", $"{fault}", "it is no address that a relay takes", IsRefused: true));
            return new RelayVerdict(steps.ToImmutable());
        }

        var tls = question.Certificate.Length == 0 ? null : new TlsFacts("1.3", "", [question.Certificate], "");
        var policy = new EnvelopePolicy(rule, config.Limits.MaxMessageBytes);
        var refusal = policy.RefusalOf(mail!, tls, login);
        steps.Add(new RelayStep($"MAIL {argument}", $"{refusal ?? Replies.SenderOk}", $"rule {rule.Config.Name}{Allowed("senderDomains", rule.Config.SenderDomains)}", refusal is not null));
        if (refusal is not null)
        {
            return new RelayVerdict(steps.ToImmutable());
        }

        for (var i = 0; i < question.To.Length; i++)
        {
            steps.Add(Recipient(config, rule, policy, mail!, question.To[i], i));
        }

        return new RelayVerdict(steps.ToImmutable());
    }

    private static UserEntry? UserOf(PoolConfig config, string name)
    {
        foreach (var listener in config.Listeners)
        {
            if (listener.Auth is { } auth && UsersFile.Parse(auth.Users).Users.FirstOrDefault(user => user.Name == name) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static RelayStep Recipient(PoolConfig config, AccessRule rule, EnvelopePolicy policy, MailCommand mail, string to, int number)
    {
        var command = $"RCPT TO:<{to}>";
        if (!RcptCommand.TryParse($"TO:<{to}>", out var rcpt, out var fault))
        {
            return new RelayStep(command, $"{fault}", "it is no address that a relay takes", IsRefused: true);
        }

        if (policy.RefusalOf(rcpt!, mail, number) is { } refusal)
        {
            return new RelayStep(command, $"{refusal}", $"rule {rule.Config.Name}{Allowed("recipientDomains", rule.Config.RecipientDomains)}", IsRefused: true);
        }

        var (route, why) = RouteOf(config, rule, rcpt!.Path.Domain);
        var hubs = route.Hubs.IsEmpty ? "which has no hub" : $"hubs {string.Join(", ", route.Hubs)}";
        return new RelayStep(command, "", $"route {route.Name} {why}, {hubs}", IsRefused: false);
    }

    private static (RouteConfig Route, string Why) RouteOf(PoolConfig config, AccessRule rule, string domain)
    {
        if (rule.Config.Route.Length > 0)
        {
            return (config.Routes.First(route => route.Name == rule.Config.Route), $"of rule {rule.Config.Name}");
        }

        // The table that the relay goes by, with nothing behind the names.
        var table = new RouteTable([.. config.Routes.Select(route => (new Route(route.Name, [], new WaitingLine()), route.RecipientDomains))]);
        var found = config.Routes.First(route => route.Name == table.For(domain).Name);
        return (found, found.Name == RouteConfig.Default ? "as no other one takes the domain" : "by the recipient's domain");
    }

    private static IPNetwork NetworkOf(AccessRuleConfig rule, IPAddress client)
    {
        var plain = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        return rule.ClientCidrs.Where(network => network.Contains(plain)).MaxBy(network => network.PrefixLength);
    }

    private static string Allowed(string field, ImmutableArray<string> domains) => domains.IsEmpty ? "" : $", {field} {string.Join(", ", domains)}";

    private static bool IsAscii(RelayQuestion question) => System.Text.Ascii.IsValid(question.From) && question.To.All(static to => System.Text.Ascii.IsValid(to));
}
