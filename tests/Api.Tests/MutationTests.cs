using CsCheck;
using Xunit;

namespace RelayOperator.Api.Tests;

/// <summary>No input makes the loader throw, and it always has either a configuration or a reason.</summary>
public sealed class MutationTests
{
    private static readonly byte[][] Seeds =
    [
        .. Directory.GetFiles(Repository.Path("examples"), "*.yaml").Select(File.ReadAllBytes),
        File.ReadAllBytes(Repository.Path("tests", "Api.Tests", "every-field.yaml")),
    ];

    /// <summary>Pieces that mean something to YAML or to a field.</summary>
    private static readonly string[] Pieces =
    [
        "", " ", "\n", "\t", ":", ": ", "- ", "---\n", "...\n", "{", "}", "[", "]", ",", "\"", "'", "|\n", ">\n", "#", "&a ", "*a", "!", "!!int ", "? ",
        "%YAML 1.2\n", "<<: ", "~", "null", "yes", "0x1F", "-1", "9999999999", "1e9", ".inf", "\"\\uD800\"", "\u0000", "\uFEFF", "\u2028", "é", "😀",
        "kind: Secret\n", "spec:", "/", "::ffff:0:0/96", "10.0.0.1/33", "*.", "@",
    ];

    [Fact]
    public void No_mutation_of_an_example_makes_the_loader_throw() =>
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Edit.Array[1, 6]).Sample(
            (seed, edits) =>
            {
                var content = edits.Aggregate(Seeds[seed], (bytes, edit) => edit(bytes));
                var result = PoolFile.Parse(content, "f");
                return result.Config is null == result.Faults.Length > 0;
            },
            iter: 4000);

    [Fact]
    public void Each_example_cut_off_anywhere_is_judged()
    {
        foreach (var seed in Seeds)
        {
            for (var length = 0; length < seed.Length; length += 3)
            {
                var result = PoolFile.Parse(seed.AsSpan(0, length), "f");
                Assert.Equal(result.Config is null, result.Faults.Length > 0);
            }
        }
    }

    private static Gen<Func<byte[], byte[]>> Edit { get; } = Gen.OneOf(
        Gen.Select(Gen.Int, Gen.Byte).Select((at, value) => (Func<byte[], byte[]>)(bytes => Splice(bytes, at, 1, [value]))),
        Gen.Select(Gen.Int, Gen.Int[0, 40]).Select((at, count) => (Func<byte[], byte[]>)(bytes => Splice(bytes, at, count, []))),
        Gen.Select(Gen.Int, Gen.Int[0, 10], Gen.Int[0, Pieces.Length - 1].Select(piece => Pieces[piece])).Select(
            (at, count, piece) => (Func<byte[], byte[]>)(bytes => Splice(bytes, at, count, System.Text.Encoding.UTF8.GetBytes(piece)))),
        Gen.Select(Gen.Int, Gen.Int, Gen.Int[1, 200]).Select(
            (from, to, count) => (Func<byte[], byte[]>)(bytes => Splice(bytes, to, 0, bytes.AsSpan(Place(bytes, from)..Math.Min(bytes.Length, Place(bytes, from) + count))))));

    private static byte[] Splice(byte[] bytes, int at, int removed, ReadOnlySpan<byte> added)
    {
        var place = Place(bytes, at);
        return [.. bytes.AsSpan(0, place), .. added, .. bytes.AsSpan(Math.Min(bytes.Length, place + removed))];
    }

    private static int Place(byte[] bytes, int at) => (int)((uint)at % (uint)(bytes.Length + 1));
}
