using System.Collections.Frozen;
using System.Collections.Immutable;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Access;

/// <summary>One access rule at work: its configuration, and what its clients use of its limits now.</summary>
public sealed class AccessRule
{
    private readonly FrozenSet<string> _senders;
    private readonly FrozenSet<string> _recipients;
    private readonly FrozenSet<string> _certificates;
    private readonly RuleUsage _usage;

    /// <param name="config">The rule.</param>
    /// <param name="usage">What is used of it; outlives the rule's snapshots.</param>
    public AccessRule(AccessRuleConfig config, RuleUsage usage)
    {
        Config = config;
        _usage = usage;
        _senders = Domains(config.SenderDomains);
        _recipients = Domains(config.RecipientDomains);
        _certificates = config.ClientCertificates.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    public AccessRuleConfig Config { get; }

    /// <summary>It takes nobody by the address alone.</summary>
    public bool NeedsProof => Config.RequireAuth || _certificates.Count != 0;

    /// <summary>Sessions of the rule's clients now.</summary>
    public int Sessions => _usage.Sessions;

    /// <summary>The refusal of a client for want of the certificate that the rule needs; null where it may go on.</summary>
    /// <param name="tls">The client's TLS; null in the clear.</param>
    public SmtpReply? RefusalOf(TlsFacts? tls) =>
        _certificates.Count == 0 ? null
        : tls is not { ShowedCertificate: true } ? Replies.CertificateNeeded
        : tls.ClientNames.Any(_certificates.Contains) ? null
        : Replies.CertificateDenied;

    /// <summary>The refusal of a client that has to authenticate first; null where it may go on.</summary>
    /// <param name="login">Who it has authenticated as; null for nobody.</param>
    public SmtpReply? RefusalOf(ClientLogin? login) => Config.RequireAuth && login is null ? Replies.LoginNeeded : null;
    /// <summary>Its clients reach some domains only.</summary>
    public bool LimitsRecipients => _recipients.Count != 0;

    /// <param name="domain">Lower case.</param>
    public bool AllowsSender(string domain) => Matches(_senders, domain);

    /// <param name="domain">Lower case.</param>
    public bool AllowsRecipient(string domain) => Matches(_recipients, domain);

    /// <summary>Counts a message against messagesPerMinute; false where the minute's are used up.</summary>
    public bool TryTakeMessage() => _usage.Messages.TryTake();

    internal bool TryEnter() => _usage.TryEnter(Config.MaxConnections);

    internal void Exit() => _usage.Exit();

    private static FrozenSet<string> Domains(ImmutableArray<string> domains) => domains.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static bool Matches(FrozenSet<string> domains, string domain)
    {
        if (domains.Count == 0 || domains.Contains(domain))
        {
            return true;
        }

        for (var dot = domain.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = domain.IndexOf('.', dot + 1))
        {
            if (domains.Contains($"*{domain[dot..]}"))
            {
                return true;
            }
        }

        return false;
    }
}
