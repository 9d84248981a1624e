using System.Diagnostics.CodeAnalysis;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Hubs;

/// <summary>What came of one wait for a hub: a reply, or the fault that took its place.</summary>
public readonly record struct HubAnswer(SmtpReply? Reply, HubFault Fault)
{
    [MemberNotNullWhen(true, nameof(Reply))]
    public bool HasReply => Reply is not null;

    public static implicit operator HubAnswer(SmtpReply reply) => new(reply, HubFault.None);

    public static implicit operator HubAnswer(HubFault fault) => new(null, fault);

    public override string ToString() => Reply?.ToString() ?? Fault.ToString();
}
