namespace RelayOperator.Relay.Send;

/// <summary>How a client secures its connection.</summary>
public enum SendTls
{
    None,
    StartTls,
    Implicit,
}

/// <summary>What to send, where to, and how hard.</summary>
public sealed record SendOptions
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Messages in all.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Connections at a time.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Bytes of one message, header included; one that is shorter than its header has an empty body.</summary>
    public int Size { get; init; } = 1024;

    public string From { get; init; } = "sender@example.com";

    public string Recipient { get; init; } = "recipient@example.net";

    public SendTls Tls { get; init; }

    /// <summary>Takes any certificate, as a sink's self-signed one.</summary>
    public bool Insecure { get; init; }

    /// <summary>Empty for no login.</summary>
    public string User { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>Messages after which a connection is closed and a new one opened; 0 for never.</summary>
    public int PerConnection { get; init; }

    /// <summary>Messages a second in all; 0 for as fast as it goes.</summary>
    public double Rate { get; init; }

    /// <summary>Leaves the password out.</summary>
    public override string ToString() => $"{Count} messages to {Host}:{Port}";
}
