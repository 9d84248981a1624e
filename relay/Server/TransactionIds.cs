namespace RelayOperator.Relay.Server;

/// <summary>
/// Ids of transactions: 13 characters, ascending within a process, so that a log reads in order; the first ten carry
/// milliseconds and a counter, the rest sets processes apart.
/// </summary>
public sealed class TransactionIds(TimeProvider time, Random random)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private readonly int _process = random.Next(1 << 15);
    private long _last = time.GetUtcNow().ToUnixTimeMilliseconds() << 6;

    public string Next()
    {
        var wanted = time.GetUtcNow().ToUnixTimeMilliseconds() << 6;
        long last, next;
        do
        {
            last = Volatile.Read(ref _last);
            next = Math.Max(last + 1, wanted);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);

        return string.Create(13, (next, _process), static (text, state) =>
        {
            var (value, process) = state;
            for (var i = 9; i >= 0; i--, value >>= 5)
            {
                text[i] = Alphabet[(int)(value & 31)];
            }

            for (var i = 12; i >= 10; i--, process >>= 5)
            {
                text[i] = Alphabet[process & 31];
            }
        });
    }
}
