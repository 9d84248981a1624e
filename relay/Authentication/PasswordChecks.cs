using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MailKit.Security;
using RelayOperator.Api.Users;

namespace RelayOperator.Relay.Authentication;

/// <summary>
/// Compares passwords, which is meant to take its time: a few at once on the thread pool, some more in a queue, so that no
/// other session waits for it. Who was right is remembered for a minute, by a hash whose key is this process's own; a user
/// whose entry changes is not. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="parallel">How many are compared at once; at least 1.</param>
/// <param name="waiting">How many more may wait.</param>
public sealed class PasswordChecks(TimeProvider time, int parallel, int waiting) : IDisposable
{
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(60);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SemaphoreSlim _places = new(parallel);
    private readonly ConcurrentDictionary<Digest, long> _right = [];
    private int _inside;

    /// <summary>Whether a password is a user's.</summary>
    internal Func<UserEntry, string, bool> Compare { get; init; } = Fits;

    /// <summary>Half of the processors, at least one; 64 wait for each.</summary>
    public static PasswordChecks For(TimeProvider time)
    {
        var parallel = Math.Max(1, Environment.ProcessorCount / 2);
        return new PasswordChecks(time, parallel, parallel * 64);
    }

    /// <summary>Compares; as slowly for a name that nobody has.</summary>
    public async Task<PasswordVerdict> CheckAsync(UserDirectory users, string name, string password, CancellationToken cancellationToken)
    {
        if (users.ToCompare(name) is not { } compared)
        {
            return PasswordVerdict.Wrong;
        }

        var digest = DigestOf(name, compared, password);
        if (users.Find(name) is not null && _right.TryGetValue(digest, out var until) && time.GetTimestamp() < until)
        {
            return PasswordVerdict.Right;
        }

        if (Interlocked.Increment(ref _inside) > parallel + waiting)
        {
            Interlocked.Decrement(ref _inside);
            return PasswordVerdict.Busy;
        }

        try
        {
            await _places.WaitAsync(cancellationToken);
            bool fits;
            try
            {
                fits = await Task.Run(() => Compare(compared, password), CancellationToken.None);
            }
            finally
            {
                _places.Release();
            }

            if (!fits || users.Find(name) is null)
            {
                return PasswordVerdict.Wrong;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }

        Remember(digest);
        return PasswordVerdict.Right;
    }

    public void Dispose() => _places.Dispose();

    private static bool Fits(UserEntry user, string password) =>
        user.Scram is { } verifier ? ScramProof.IsOf(verifier, Prepared(password)) : BCrypt.Net.BCrypt.Verify(password, user.Hash);

    // RFC 5802 §2.2: what a verifier was made of has gone through SASLprep, as PostgreSQL does it too: else as it is.
    private static string Prepared(string password)
    {
        try
        {
            return SaslMechanism.SaslPrep(password);
        }
        catch (ArgumentException)
        {
            return password;
        }
    }

    private void Remember(Digest digest)
    {
        var now = time.GetTimestamp();
        if (_right.Count >= MostRemembered)
        {
            foreach (var (old, until) in _right)
            {
                if (until <= now)
                {
                    _right.TryRemove(old, out _);
                }
            }

            if (_right.Count >= MostRemembered)
            {
                _right.Clear();
            }
        }

        _right[digest] = now + (long)(Remembered.TotalSeconds * time.TimestampFrequency);
    }

    private Digest DigestOf(string name, UserEntry user, string password)
    {
        Span<byte> hash = stackalloc byte[32];
        // No part holds a NUL, so that no two triples read the same.
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name}\0{user.Hash}\0{password}"), hash);
        return new Digest(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]), BitConverter.ToUInt64(hash[16..]), BitConverter.ToUInt64(hash[24..]));
    }

    private readonly record struct Digest(ulong A, ulong B, ulong C, ulong D);
}
