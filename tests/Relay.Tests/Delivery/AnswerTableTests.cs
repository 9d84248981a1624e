using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;
using Xunit;
using static RelayOperator.Relay.Delivery.AnswerStep;
using static RelayOperator.Relay.Delivery.HealthEffect;
using static RelayOperator.Relay.Hubs.HubPhase;

namespace RelayOperator.Relay.Tests.Delivery;

public sealed class AnswerTableTests
{
    [Theory]
    // Before MAIL nothing a hub says is the client's.
    [InlineData(Banner, "220", Proceed, Good, "")]
    [InlineData(Banner, "421 4.3.2", TryNext, Throttle, "451 4.4.1")]
    [InlineData(Banner, "554 5.7.1", TryNext, HealthEffect.ConnectFailed, "451 4.4.1")]
    [InlineData(Ehlo, "550 5.0.0", TryNext, HealthEffect.ProtocolError, "451 4.4.1")]
    [InlineData(Tls, "454 4.7.0", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(Auth, "535 5.7.8", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(Auth, "454 4.7.0", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(HubPhase.Xclient, "550 5.7.0", TryNext, HealthEffect.ProtocolError, "451 4.4.1")]
    // The hub's own faults at any time.
    [InlineData(Mail, "421 4.3.2", TryNext, Throttle, "451 4.4.1")]
    [InlineData(FirstRcpt, "421 4.3.2", TryNext, Throttle, "451 4.4.1")]
    [InlineData(LaterRcpt, "421 4.3.2", TryNext, Throttle, "451 4.4.1")]
    [InlineData(Data, "421 4.3.2", TryNext, Throttle, "451 4.4.1")]
    [InlineData(Body, "421 4.3.2", TryNext, Throttle, "451 4.4.1")]
    [InlineData(Dot, "421 4.3.2", TryNext, Throttle, "451 4.4.1")]
    [InlineData(Mail, "454 4.7.0", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(Mail, "530 5.7.0", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(Mail, "535 5.7.8", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(Mail, "538 5.7.11", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(FirstRcpt, "530 5.7.0", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(LaterRcpt, "530 5.7.0", TryNext, TlsOrAuth, "451 4.4.1")]
    [InlineData(Dot, "530 5.7.0", TryNext, TlsOrAuth, "451 4.4.1")]
    // Agreement.
    [InlineData(Mail, "250 2.1.0", Proceed, Good, "")]
    [InlineData(FirstRcpt, "250 2.1.5", Proceed, Good, "")]
    [InlineData(FirstRcpt, "251 2.1.5", Proceed, Good, "")]
    [InlineData(LaterRcpt, "250 2.1.5", Proceed, Good, "")]
    [InlineData(Data, "354", Proceed, Good, "")]
    [InlineData(Dot, "250 2.0.0", Proceed, Good, "")]
    // MAIL.
    [InlineData(Mail, "451 4.3.0", TryNext, Refusal, "451 4.3.0")]
    [InlineData(Mail, "452 4.3.2", TryNext, Throttle, "452 4.3.2")]
    [InlineData(Mail, "550 5.1.8", Tell, None, "550 5.1.8")]
    [InlineData(Mail, "550 5.7.54", TryOnce, Refusal, "550 5.7.54")]
    [InlineData(Mail, "552 5.3.4", LargerHub, None, "552 5.3.4")]
    [InlineData(Mail, "500 5.5.2", FreshConnection, HealthEffect.ProtocolError, "451 4.5.0")]
    [InlineData(Mail, "503 5.5.1", FreshConnection, HealthEffect.ProtocolError, "451 4.5.0")]
    // The first RCPT.
    [InlineData(FirstRcpt, "450 4.2.0", TryOnce, Refusal, "450 4.2.0")]
    [InlineData(FirstRcpt, "452 4.3.1", TryNext, Refusal, "452 4.3.1")]
    [InlineData(FirstRcpt, "451 4.3.2", TryNext, Throttle, "451 4.3.2")]
    [InlineData(FirstRcpt, "451 4.4.0", TryNext, Refusal, "451 4.4.0")]
    [InlineData(FirstRcpt, "451 4.7.0", TryNext, Refusal, "451 4.7.0")]
    [InlineData(FirstRcpt, "451 4.7.1", TryOnce, Refusal, "451 4.7.1")]
    [InlineData(FirstRcpt, "550 5.1.1", Tell, None, "550 5.1.1")]
    [InlineData(FirstRcpt, "550 5.7.1", TryOnce, Refusal, "550 5.7.1")]
    [InlineData(FirstRcpt, "552 5.2.2", Tell, None, "552 5.2.2")]
    [InlineData(FirstRcpt, "552 5.3.4", LargerHub, None, "552 5.3.4")]
    [InlineData(FirstRcpt, "503 5.5.1", FreshConnection, HealthEffect.ProtocolError, "451 4.5.0")]
    // A later RCPT.
    [InlineData(LaterRcpt, "450 4.2.0", Tell, None, "450 4.2.0")]
    [InlineData(LaterRcpt, "452 4.5.3", Tell, None, "452 4.5.3")]
    [InlineData(LaterRcpt, "550 5.1.1", Tell, None, "550 5.1.1")]
    [InlineData(LaterRcpt, "550 5.7.1", TryOnce, Refusal, "550 5.7.1")]
    [InlineData(LaterRcpt, "503 5.5.1", FreshConnection, HealthEffect.ProtocolError, "451 4.5.0")]
    // DATA and the body.
    [InlineData(Data, "451 4.3.0", TryNext, Refusal, "451 4.3.0")]
    [InlineData(Data, "554 5.5.1", Tell, None, "554 5.5.1")]
    [InlineData(Data, "552 5.3.4", LargerHub, None, "552 5.3.4")]
    [InlineData(Data, "503 5.5.1", FreshConnection, HealthEffect.ProtocolError, "451 4.5.0")]
    [InlineData(Data, "250 2.0.0", TryNext, HealthEffect.ProtocolError, "451 4.4.1")]
    [InlineData(Body, "452 4.3.1", TryNext, Refusal, "452 4.3.1")]
    [InlineData(Body, "552 5.3.4", LargerHub, None, "552 5.3.4")]
    [InlineData(Body, "554 5.6.0", Tell, None, "554 5.6.0")]
    [InlineData(Body, "250 2.0.0", TryNext, HealthEffect.ProtocolError, "451 4.4.1")]
    // After the dot.
    [InlineData(Dot, "451 4.3.0", TryNext, Refusal, "451 4.3.0")]
    [InlineData(Dot, "452 4.3.2", TryNext, Throttle, "452 4.3.2")]
    [InlineData(Dot, "550 5.7.1", Tell, None, "550 5.7.1")]
    [InlineData(Dot, "554 5.6.0", Tell, None, "554 5.6.0")]
    [InlineData(Dot, "552 5.3.4", LargerHub, None, "552 5.3.4")]
    [InlineData(Dot, "500 5.5.2", FreshConnection, HealthEffect.ProtocolError, "451 4.5.0")]
    [InlineData(Dot, "354", InDoubt, HealthEffect.ProtocolError, "451 4.4.1")]
    public void A_reply_means(HubPhase phase, string said, AnswerStep step, HealthEffect effect, string client)
    {
        var verdict = AnswerTable.Judge(phase, Reply(said));

        Assert.Equal(step, verdict.Step);
        Assert.Equal(effect, verdict.Effect);
        var heard = verdict.ForClient is { } reply ? $"{reply.Code} {reply.Enhanced}" : "";
        Assert.Equal(client, heard);
    }

    [Theory]
    [InlineData(Connect, HubFault.Refused, TryNext, HealthEffect.ConnectRefused)]
    [InlineData(Connect, HubFault.TimedOut, TryNext, HealthEffect.TimedOut)]
    [InlineData(Connect, HubFault.Unresolvable, TryNext, HealthEffect.ConnectFailed)]
    [InlineData(Banner, HubFault.Closed, TryNext, HealthEffect.ConnectFailed)]
    [InlineData(Banner, HubFault.Malformed, TryNext, HealthEffect.ProtocolError)]
    [InlineData(Ehlo, HubFault.Closed, TryNext, Broken)]
    [InlineData(Tls, HubFault.TlsFailed, TryNext, TlsOrAuth)]
    [InlineData(Tls, HubFault.TlsNotOffered, TryNext, TlsOrAuth)]
    [InlineData(Auth, HubFault.AuthFailed, TryNext, TlsOrAuth)]
    [InlineData(Mail, HubFault.Reset, TryNext, Broken)]
    [InlineData(Mail, HubFault.Unsolicited, TryNext, HealthEffect.ProtocolError)]
    [InlineData(FirstRcpt, HubFault.TimedOut, TryNext, HealthEffect.TimedOut)]
    [InlineData(FirstRcpt, HubFault.Abandoned, TryNext, None)]
    [InlineData(LaterRcpt, HubFault.Closed, TryNext, Broken)]
    [InlineData(Data, HubFault.Closed, TryNext, Broken)]
    [InlineData(Body, HubFault.Reset, TryNext, Broken)]
    [InlineData(Dot, HubFault.Closed, InDoubt, Broken)]
    [InlineData(Dot, HubFault.Reset, InDoubt, Broken)]
    [InlineData(Dot, HubFault.TimedOut, InDoubt, HealthEffect.TimedOut)]
    [InlineData(Dot, HubFault.Abandoned, InDoubt, None)]
    [InlineData(Dot, HubFault.Malformed, InDoubt, HealthEffect.ProtocolError)]
    public void A_fault_means(HubPhase phase, HubFault fault, AnswerStep step, HealthEffect effect)
    {
        var verdict = AnswerTable.Judge(phase, fault);

        Assert.Equal(step, verdict.Step);
        Assert.Equal(effect, verdict.Effect);
        Assert.Equal(451, verdict.ForClient!.Code);
    }

    private static SmtpReply Reply(string said)
    {
        var words = said.Split(' ', '.');
        return words.Length == 1
            ? new SmtpReply(int.Parse(words[0]), default, "said")
            : new SmtpReply(int.Parse(words[0]), int.Parse(words[1]), int.Parse(words[2]), int.Parse(words[3]), "said");
    }
}
