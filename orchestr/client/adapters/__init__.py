"""Agents of other frameworks behind the agents' door: a tool that would write proposes instead, and waits.

One module a framework, imported by name where that framework is installed: `langgraph`, `pydantic_ai`,
`openai_agents`. In each, `governed_tool` stands where the framework's own decorator stood, and one function says
later, in any process, what became of it. The agent reads what became of its call as the tool's answer.
"""
