namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>One change that waits for a writer. What it comes to is decided by its group, and told when that was committed.</summary>
internal abstract class PostgresWrite
{
    private readonly TaskCompletionSource<SpoolOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<SpoolOutcome> Completion => _completion.Task;

    /// <summary>What it comes to if its group is committed.</summary>
    public SpoolOutcome Outcome { get; set; }

    /// <summary>Octets that it sends, about.</summary>
    public virtual long Bytes => 0;

    public void Complete(SpoolOutcome outcome) => _completion.TrySetResult(outcome);
}

/// <summary>One chunk of a body whose message comes later.</summary>
internal sealed class AppendWrite(SpoolId body, int number, ReadOnlyMemory<byte> chunk) : PostgresWrite
{
    public SpoolId Body => body;

    public int Number => number;

    public ReadOnlyMemory<byte> Chunk => chunk;

    public override long Bytes => chunk.Length;
}

/// <summary>Gives up a body without a message.</summary>
internal sealed class DropWrite(SpoolId body) : PostgresWrite
{
    public SpoolId Body => body;
}

/// <summary>Makes a message real.</summary>
internal sealed class AddWrite(NewMessage message, bool keepClaim) : PostgresWrite
{
    public NewMessage New => message;

    public SpoolMessage Message => message.Message;

    public bool KeepClaim => keepClaim;

    /// <summary>The number of its claim; 0 where none is kept.</summary>
    public long Token { get; set; }

    public override long Bytes => message.Body.Length;
}

/// <summary>Carries out what became of a claim; with <paramref name="outlived"/> its message's crashes are forgotten.</summary>
internal sealed class SettleWrite(Settlement settlement, PostgresClaim claim, bool outlived) : PostgresWrite
{
    public Settlement Settlement => settlement;

    public PostgresClaim Claim => claim;

    public SpoolId Message => claim.Message.Id;

    public bool Outlived => outlived;
}

/// <summary>Ends a claim without a change.</summary>
internal sealed class ReleaseWrite(PostgresClaim claim) : PostgresWrite
{
    public PostgresClaim Claim => claim;
}
