using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>
/// What the relay offers: its own extensions always, and those that need a hub's help as the hubs were last known to
/// offer them (8BITMIME and SMTPUTF8 where some hub has it, DSN only while every one has it, or the relay notifies itself).
/// Mail that is stored first is taken whatever the hubs offer now.
/// </summary>
public static class EhloReply
{
    private static readonly ConditionalWeakTable<SmtpReply, SmtpReply> WithTls = [];
    private static readonly ConditionalWeakTable<SmtpReply, SmtpReply> WithXclient = [];

    private static readonly ConditionalWeakTable<SmtpReply, SmtpReply> WithLogin = [];
    private static readonly ConditionalWeakTable<SmtpReply, SmtpReply> WithScram = [];

    public static SmtpReply Greeting(PoolConfig config) => new(220, default, $"{config.HeloName} ESMTP RelayOperator");

    /// <summary>The same reply with STARTTLS; made once for each.</summary>
    public static SmtpReply OfferingTls(SmtpReply ehlo) =>
        WithTls.GetValue(ehlo, static plain => new SmtpReply(plain.Code, plain.Enhanced, plain.Lines.Add("STARTTLS")));

    /// <summary>The same reply with AUTH; made once for each.</summary>
    public static SmtpReply OfferingLogin(SmtpReply ehlo, bool withScram) => withScram
        ? WithScram.GetValue(ehlo, static plain => new SmtpReply(plain.Code, plain.Enhanced, plain.Lines.Add($"AUTH {ScramMechanism.Name} {PlainMechanism.Name} {LoginMechanism.Name}")))
        : WithLogin.GetValue(ehlo, static plain => new SmtpReply(plain.Code, plain.Enhanced, plain.Lines.Add($"AUTH {PlainMechanism.Name} {LoginMechanism.Name}")));

    /// <summary>The same reply with XCLIENT; made once for each.</summary>
    public static SmtpReply OfferingXclient(SmtpReply ehlo) =>
        WithXclient.GetValue(ehlo, static plain => new SmtpReply(plain.Code, plain.Enhanced, plain.Lines.Add($"XCLIENT {XclientCommand.Attributes}")));

    public static SmtpReply For(PoolConfig config, IReadOnlyCollection<Hub> hubs)
    {
        var lines = ImmutableArray.CreateBuilder<string>();
        lines.Add(config.HeloName);
        lines.Add("PIPELINING");
        lines.Add($"SIZE {Math.Max(0, MaxSize(config, hubs))}");
        lines.Add("ENHANCEDSTATUSCODES");
        lines.Add("CHUNKING");
        // A hub that was never heard most probably takes 8-bit content: all but a few museum pieces do.
        var storesFirst = config.Delivery.Mode == DeliveryMode.StoreAndForward;
        if (storesFirst || Any(hubs, HubExtensions.EightBitMime, unheard: true))
        {
            lines.Add("8BITMIME");
        }

        if (storesFirst || Any(hubs, HubExtensions.SmtpUtf8, unheard: false))
        {
            lines.Add("SMTPUTF8");
        }

        if (config.Spool is not null || All(hubs, HubExtensions.Dsn))
        {
            lines.Add("DSN");
        }

        lines.Add($"LIMITS RCPTMAX={config.Limits.MaxRecipients}"
            + (config.Limits.MaxMessagesPerConnection > 0 ? $" MAILMAX={config.Limits.MaxMessagesPerConnection}" : ""));
        lines.Add($"XRELAYOPERATOR {config.Uid}");
        return new SmtpReply(250, default, lines.ToImmutable());
    }

    // The pool's limit, or the largest that a hub names where all of them name a smaller one.
    private static long MaxSize(PoolConfig config, IReadOnlyCollection<Hub> hubs)
    {
        long largest = 0;
        foreach (var hub in hubs)
        {
            if (hub.Capabilities is not { MaxMessageBytes: > 0 } known)
            {
                return config.Limits.MaxMessageBytes;
            }

            largest = Math.Max(largest, known.MaxMessageBytes);
        }

        return hubs.Count == 0 ? config.Limits.MaxMessageBytes : Math.Min(largest, config.Limits.MaxMessageBytes);
    }

    private static bool Any(IReadOnlyCollection<Hub> hubs, HubExtensions wanted, bool unheard)
    {
        foreach (var hub in hubs)
        {
            if (hub.Capabilities?.Has(wanted) ?? unheard)
            {
                return true;
            }
        }

        return hubs.Count == 0 && unheard;
    }

    private static bool All(IReadOnlyCollection<Hub> hubs, HubExtensions wanted)
    {
        var some = false;
        foreach (var hub in hubs)
        {
            if (!hub.Health.TakesNewMail)
            {
                continue;
            }

            some = true;
            if (hub.Capabilities?.Has(wanted) is not true)
            {
                return false;
            }
        }

        return some;
    }
}
