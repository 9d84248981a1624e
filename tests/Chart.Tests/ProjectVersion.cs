using System.Xml.Linq;
using RelayOperator.TestKit;

namespace RelayOperator.Chart.Tests;

/// <summary>The one version that programs, chart and images share.</summary>
internal static class ProjectVersion
{
    public static string Read() => XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
}
