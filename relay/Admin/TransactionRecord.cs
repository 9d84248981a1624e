namespace RelayOperator.Relay.Admin;

/// <summary>What is logged about one transaction.</summary>
public readonly record struct TransactionRecord
{
    public required string Id { get; init; }

    public required string Listener { get; init; }

    public required string Client { get; init; }

    public required string Rule { get; init; }

    /// <summary>Who the client had authenticated as; "" for nobody.</summary>
    public required string User { get; init; }

    public required string Helo { get; init; }

    public required string Sender { get; init; }

    /// <summary>Recipients that were accepted.</summary>
    public required int Recipients { get; init; }

    /// <summary>Recipients that were refused.</summary>
    public required int Refused { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The hub that gave the verdict; "" for none.</summary>
    public required string Hub { get; init; }

    /// <summary>How many hubs were asked.</summary>
    public required int Attempts { get; init; }

    /// <summary>delivered, deferred, rejected or abandoned.</summary>
    public required string Result { get; init; }

    /// <summary>What the client heard; "" for nothing.</summary>
    public required string Reply { get; init; }

    public required string Reason { get; init; }

    public required double Seconds { get; init; }
}
