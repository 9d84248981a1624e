using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.Api.Users;

namespace RelayOperator.Relay.Authentication;

/// <summary>
/// The users of one listener. Immutable. A name that nobody has costs what some user's costs, and has a SCRAM salt of its
/// own, always the same and on every pod: nobody learns who exists. That holds as long as what it is reckoned from is
/// secret, so it is the users themselves, and not the pool's uid, which every EHLO shows.
/// </summary>
public sealed class UserDirectory
{
    private readonly FrozenDictionary<string, UserEntry> _users;
    private readonly ImmutableArray<UserEntry> _all;
    private readonly byte[] _key;

    /// <param name="config">The listener's, with at least one user.</param>
    /// <param name="poolUid">Keeps pools apart that have the same users.</param>
    public UserDirectory(ListenerAuthConfig config, string poolUid)
    {
        Config = config;
        _all = UsersFile.Parse(config.Users).Users;
        _users = _all.ToFrozenDictionary(user => user.Name, StringComparer.Ordinal);
        _key = HMACSHA256.HashData(Encoding.UTF8.GetBytes(poolUid), Encoding.UTF8.GetBytes(config.Users));
        OffersScram = !_all.IsEmpty && _all.All(user => user.Scram is not null);
    }

    public ListenerAuthConfig Config { get; }

    /// <summary>Every user has a verifier.</summary>
    public bool OffersScram { get; }

    /// <summary>The user of a name; null where nobody has it.</summary>
    public UserEntry? Find(string name) => _users.GetValueOrDefault(name);

    /// <summary>Whose hash a password is compared with: that of the user, or where nobody has the name, of one who stands for it.</summary>
    public UserEntry? ToCompare(string name)
    {
        if (_all.IsEmpty)
        {
            return null;
        }

        // Reckoned for names of users too, since it takes time.
        var number = BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(name)));
        var other = _all[(int)(number % (ulong)_all.Length)];
        return _users.GetValueOrDefault(name, other);
    }

    /// <summary>The verifier for a name; one that no password has where nobody has the name. Only where <see cref="OffersScram"/>.</summary>
    public ScramVerifier VerifierOf(string name)
    {
        var form = ToCompare(name)!.Scram!;
        var pretended = ScramProof.Pretended(_key, name, form); // the same here
        return _users.ContainsKey(name) ? form : pretended;
    }
}
