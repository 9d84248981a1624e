using System.Collections.Immutable;

namespace RelayOperator.Api;

/// <summary>Maps of texts, in ordinal order, so that what is rendered from them is always the same.</summary>
internal static class Maps
{
    public static ImmutableSortedDictionary<string, string> Empty { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
