using System.Security.Cryptography;
using System.Text;
using CsCheck;
using RelayOperator.Api.Users;
using RelayOperator.Relay.Authentication;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>What clients say in an AUTH exchange. A whole exchange in any pieces is <see cref="SessionProperties"/>'.</summary>
public sealed class SaslProperties
{
    private static readonly Gen<string> Text = Gen.Char.Where(c => c != '\0' && !char.IsSurrogate(c)).Array[1, 20].Select(text => new string(text));

    private static readonly Gen<string> Name = Gen.OneOf(Text, Gen.Char["ab,=2CD@ü"].Array[1, 12].Select(text => new string(text)));

    private static readonly Gen<string> Nonce = Gen.Char['!', '~'].Where(c => c != ',').Array[1, 40].Select(text => new string(text));

    private static readonly Gen<byte[]> Mess = Gen.OneOf(
        Gen.Byte.Array[0, 60],
        Fuzzing.Soup(12, "n", "y", "p", ",", ",,", "n=", "r=", "a=", "c=", "p=", "m=", "=2C", "=3D", "=", "biws", "eSws", "abc", "\0", "\0", "user", "ü", " ", new string('x', 600)).Select(Encoding.UTF8.GetBytes));

    [Fact]
    public void A_name_and_a_password_are_read_as_they_were_written_by_PLAIN_and_LOGIN() => Fuzzing.Run(
        Gen.Select(Name, Text, Gen.Bool),
        (name, password, actsForItself) =>
        {
            Assert.Equal((SaslStepKind.Check, name, password), Read(new PlainMechanism().Take(Octets($"{(actsForItself ? name : "")}\0{name}\0{password}"))));
            var login = new LoginMechanism();
            Assert.Equal(SaslStepKind.Challenge, login.Take(Octets(name)).Kind);
            Assert.Equal((SaslStepKind.Check, name, password), Read(login.Take(Octets(password))));
            Assert.Equal(SaslStepKind.Failed, new PlainMechanism().Take(Octets($"{name}x\0{name}\0{password}")).Kind);
        });

    [Fact]
    public void Who_has_the_key_is_let_in_by_SCRAM_under_the_name_that_was_written_and_learns_that_the_server_has_the_verifier() => Fuzzing.Run(
        Gen.Select(Gen.Select(Name, Gen.OneOf("n", "y"), Gen.Bool), Gen.Select(Nonce, Nonce), Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[32]), Gen.Byte.Array[8, 64]),
        (who, nonces, keys, salt) =>
        {
            var (name, flag, actsForItself) = who;
            var asked = "";
            var scram = Scram(keys, salt, nonces.Item2, told => asked = told);
            var header = $"{flag},{(actsForItself ? $"a={Escaped(name)}" : "")},";
            var first = $"n={Escaped(name)},r={nonces.Item1}";
            var answer = Challenge(scram.Take(Octets(header + first)));
            Assert.Equal(($"r={nonces.Item1}{nonces.Item2},s={Convert.ToBase64String(salt)},i=4096", name), (answer, asked));
            var final = $"c={Convert.ToBase64String(Octets(header))},r={nonces.Item1}{nonces.Item2}";
            var signed = Octets($"{first},{answer},{final}");
            Assert.Equal($"v={Convert.ToBase64String(HMACSHA256.HashData(keys.Item2, signed))}", Challenge(scram.Take(Octets($"{final},p={Proof(keys.Item1, signed)}"))));
            var end = scram.Take([]);
            Assert.Equal((SaslStepKind.Succeeded, name), (end.Kind, end.Name));
        });

    [Fact]
    public void One_octet_that_is_another_one_in_what_SCRAM_signs_or_shows_lets_nobody_in() => Fuzzing.Run(
        Gen.Select(Nonce, Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[32]), Gen.Int[0, 200], Gen.Byte[1, 255]),
        (nonce, keys, at, change) =>
        {
            var scram = Scram(keys, new byte[16], "server", _ => { });
            var first = $"n=user,r={nonce}";
            var answer = Challenge(scram.Take(Octets($"n,,{first}")));
            var final = $"c=biws,r={nonce}server";
            var octets = Octets($"{final},p={Proof(keys.Item1, Octets($"{first},{answer},{final}"))}");
            octets[at % octets.Length] ^= change;
            Assert.True(scram.Take(octets).Kind is SaslStepKind.Failed or SaslStepKind.Malformed);
        });

    [Fact]
    public void Whatever_is_said_is_answered_or_refused_and_lets_nobody_in() => Fuzzing.Run(
        Mess.Array[1, 4],
        messages =>
        {
            foreach (var mechanism in (ISaslMechanism[])[new PlainMechanism(), new LoginMechanism(), Scram((new byte[32], new byte[32]), new byte[16], "server", _ => { })])
            {
                foreach (var message in messages)
                {
                    var step = mechanism.Take(message);
                    Assert.NotEqual(SaslStepKind.Succeeded, step.Kind);
                    Assert.True(step.Kind != SaslStepKind.Check || (step.Name.Length > 0 && step.Password.Length > 0 && !$"{step.Name}{step.Password}".Contains('\0', StringComparison.Ordinal)));
                    if (step.Kind != SaslStepKind.Challenge)
                    {
                        break;
                    }
                }
            }
        },
        few: 5000);

    [Fact]
    public void Base64_is_read_as_it_was_written_and_in_no_other_way() => Fuzzing.Run(
        Gen.Select(Gen.Byte.Array[0, 60], Fuzzing.Soup(10, "A", "AG", "AGE=", "=", "==", "+/", "-_", " ", "\t", "\r\n", "Ä", "\0")),
        (octets, mess) =>
        {
            Assert.Equal(octets, SaslText.Decode(Convert.ToBase64String(octets)));
            Assert.True(SaslText.Decode(mess) is not { } read || Convert.ToBase64String(read) == mess);
        });

    private static ScramMechanism Scram((byte[] Client, byte[] Server) keys, byte[] salt, string nonce, Action<string> asked) => new(
        name =>
        {
            asked(name);
            return new ScramVerifier(4096, [.. salt], [.. SHA256.HashData(keys.Client)], [.. keys.Server]);
        },
        nonce);

    // RFC 5802 §3: ClientKey XOR HMAC(StoredKey, AuthMessage).
    private static string Proof(byte[] key, byte[] signed) =>
        Convert.ToBase64String([.. HMACSHA256.HashData(SHA256.HashData(key), signed).Zip(key, (mask, octet) => (byte)(mask ^ octet))]);

    private static string Escaped(string name) => name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    private static (SaslStepKind, string, string) Read(SaslStep step) => (step.Kind, step.Name, step.Password);

    private static string Challenge(SaslStep step) => Encoding.UTF8.GetString(step.Challenge);

    private static byte[] Octets(string text) => Encoding.UTF8.GetBytes(text);
}
