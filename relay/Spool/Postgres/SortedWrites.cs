namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>The writes of a group by their kind.</summary>
internal sealed class SortedWrites
{
    public SortedWrites(IReadOnlyList<PostgresWrite> writes)
    {
        foreach (var write in writes)
        {
            switch (write)
            {
                case AppendWrite append:
                    Appends.Add(append);
                    break;
                case DropWrite drop:
                    Drops.Add(drop);
                    break;
                case AddWrite add:
                    Adds.Add(add);
                    if (add.New.Body.IsEmpty)
                    {
                        Drafted.Add(add);
                    }

                    break;
                case SettleWrite settle:
                    Settles.Add(settle);
                    break;
                case ReleaseWrite release:
                    Releases.Add(release);
                    break;
            }
        }
    }

    public List<AppendWrite> Appends { get; } = [];

    public List<DropWrite> Drops { get; } = [];

    public List<AddWrite> Adds { get; } = [];

    /// <summary>Those of the added whose body was appended before.</summary>
    public List<AddWrite> Drafted { get; } = [];

    public List<SettleWrite> Settles { get; } = [];

    public List<ReleaseWrite> Releases { get; } = [];
}
