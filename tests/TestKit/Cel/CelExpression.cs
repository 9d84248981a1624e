using System.Collections.Immutable;

namespace RelayOperator.TestKit.Cel;

/// <summary>An expression as it was read.</summary>
internal abstract record CelExpression
{
    /// <summary>The expressions that this one is made of.</summary>
    public abstract IEnumerable<CelExpression> Parts { get; }

    /// <summary>This expression and all within it.</summary>
    public IEnumerable<CelExpression> All() => Parts.SelectMany(part => part.All()).Prepend(this);
}

internal sealed record CelLiteral(object? Value) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => [];
}

internal sealed record CelName(string Name) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => [];
}

/// <summary>A field; <paramref name="Test"/> asks whether it is there: has(a.b).</summary>
internal sealed record CelField(CelExpression Of, string Name, bool Test = false) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => [Of];
}

internal sealed record CelItem(CelExpression Of, CelExpression At) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => [Of, At];
}

/// <summary>A function, an operator under its sign, or a method, whose target is the first argument.</summary>
internal sealed record CelCall(string Name, bool IsMethod, ImmutableArray<CelExpression> Arguments) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => Arguments;
}

internal sealed record CelList(ImmutableArray<CelExpression> Items) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => Items;
}

internal sealed record CelChoice(CelExpression If, CelExpression Then, CelExpression Else) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => [If, Then, Else];
}

/// <summary>A macro over the items of a list or the keys of a map: all, exists, exists_one, map and filter.</summary>
internal sealed record CelLoop(string Macro, CelExpression Over, string Variable, CelExpression Body) : CelExpression
{
    public override IEnumerable<CelExpression> Parts => [Over, Body];
}
