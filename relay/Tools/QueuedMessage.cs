using System.Collections.Immutable;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// A spooled message in JSON: what the tools are told, and what an exported message's envelope file holds (documented in
/// docs/operations.md). Fields are added, never given another meaning, unless <see cref="Format"/> grows.
/// </summary>
public sealed record QueuedMessage
{
    /// <summary>The format that this version writes, and the latest that it reads.</summary>
    public const int Format = 1;

    public int FormatVersion { get; set; }

    public string Id { get; set; } = "";

    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>The argument of its MAIL command.</summary>
    public string Mail { get; set; } = "";

    public string Client { get; set; } = "";

    public string Helo { get; set; } = "";

    public string Protocol { get; set; } = "";

    public string Listener { get; set; } = "";

    public string MessageId { get; set; } = "";

    /// <summary>Octets of the content, as the hubs are told by SIZE.</summary>
    public long Size { get; set; }

    public ImmutableArray<QueuedRecipient> Recipients { get; set; } = [];

    /// <summary>What was tried; left out of lists.</summary>
    public ImmutableArray<QueuedAttempt> Attempts { get; set; } = [];

    /// <summary>The exported content; null elsewhere.</summary>
    public ContentPrint? Content { get; set; }

    public static QueuedMessage Of(QueueEntry entry) => new()
    {
        FormatVersion = Format,
        Id = entry.Message.Id.ToString(),
        ReceivedAt = entry.Message.ReceivedAt,
        Mail = entry.Message.Mail,
        Client = entry.Message.Client.ToString(),
        Helo = entry.Message.Helo,
        Protocol = entry.Message.Protocol,
        Listener = entry.Message.Listener,
        MessageId = entry.Message.MessageId,
        Size = entry.Message.ContentBytes,
        Recipients = [.. entry.Recipients.Select(QueuedRecipient.Of)],
        Attempts = [.. entry.Attempts.Select(QueuedAttempt.Of)],
    };
}
