using System.Globalization;
using CsCheck;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>
/// Runs a property on random inputs: a few, or for as many seconds as RELAY_TEST_FUZZ says. What fails throws with its
/// seed; <c>CsCheck_Seed=…</c> in the environment runs that input again.
/// </summary>
internal static class Fuzzing
{
    private static readonly int Seconds = int.Parse(Environment.GetEnvironmentVariable("RELAY_TEST_FUZZ") ?? "0", CultureInfo.InvariantCulture);

    /// <summary>There is time for more than a build wants to wait for.</summary>
    public static bool IsLong => Seconds > 0;

    /// <summary>Octets as Latin-1 characters, made of these parts.</summary>
    public static Gen<string> Soup(int most, params string[] parts) => Gen.OneOf(parts).Array[0, most].Select(words => string.Concat(words));

    /// <summary>Sizes of pieces; the last one is repeated.</summary>
    public static Gen<int[]> Pieces(int largest) => Gen.Int[1, largest].Array[1, 8];

    /// <summary>A text in such pieces.</summary>
    public static IEnumerable<T[]> Cut<T>(T[] text, int[] pieces)
    {
        for (var (at, i) = (0, 0); at < text.Length; i++)
        {
            var end = at + Math.Min(text.Length - at, pieces[Math.Min(i, pieces.Length - 1)]);
            yield return text[at..end];
            at = end;
        }
    }

    public static void Run<T>(Gen<T> inputs, Action<T> property, long few = 1000)
    {
        var count = 0L;
        inputs.Sample(
            input =>
            {
                Interlocked.Increment(ref count);
                property(input);
            },
            iter: IsLong ? -1 : few,
            time: IsLong ? Seconds : -1);
        Tell(count);
    }

    public static void Run<T1, T2>(Gen<(T1, T2)> inputs, Action<T1, T2> property, long few = 1000) =>
        Run(inputs, input => property(input.Item1, input.Item2), few);

    public static void Run<T1, T2, T3>(Gen<(T1, T2, T3)> inputs, Action<T1, T2, T3> property, long few = 1000) =>
        Run(inputs, input => property(input.Item1, input.Item2, input.Item3), few);

    public static void Run<T1, T2, T3, T4>(Gen<(T1, T2, T3, T4)> inputs, Action<T1, T2, T3, T4> property, long few = 1000) =>
        Run(inputs, input => property(input.Item1, input.Item2, input.Item3, input.Item4), few);

    public static void Run<T1, T2, T3, T4, T5>(Gen<(T1, T2, T3, T4, T5)> inputs, Action<T1, T2, T3, T4, T5> property, long few = 1000) =>
        Run(inputs, input => property(input.Item1, input.Item2, input.Item3, input.Item4, input.Item5), few);

    /// <summary>The same for what waits for others: several inputs at a time.</summary>
    public static async Task RunAsync<T>(Gen<T> inputs, Func<T, Task> property, long few, int atOnce)
    {
        var count = 0L;
        await inputs.SampleAsync(
            async input =>
            {
                Interlocked.Increment(ref count);
                await property(input);
            },
            iter: IsLong ? -1 : few,
            time: IsLong ? Seconds : -1,
            threads: atOnce);
        Tell(count);
    }

    private static void Tell(long count) => TestContext.Current.TestOutputHelper?.WriteLine($"fuzz: {count} inputs");
}
